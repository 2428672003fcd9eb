// libpq (pkg-config adds its folder to the search path), and the Linux calls that wait for its sockets, which the Glibc
// module leaves out.
#include <libpq-fe.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
