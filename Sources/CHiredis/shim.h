// hiredis' reader, which turns bytes into replies. Its contexts, which own sockets, are not used.
#include <hiredis/read.h>
#include <hiredis/hiredis.h>
