/* What glibc's <spawn.h> declares for GNU programs only, and so not for Swift's module of it. Debian 12 has glibc
   2.36; the functions came with 2.29 and 2.34. */
#ifndef DRIVELINE_CSPAWN_SHIM_H
#define DRIVELINE_CSPAWN_SHIM_H

#include <spawn.h>

/* The program starts in this folder. */
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *folder);

/* The program starts without the descriptors from this one on. */
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);

/* POSIX_SPAWN_SETSID: the program starts in a session of its own. */
static const int cspawn_setsid = 0x80;

#endif
