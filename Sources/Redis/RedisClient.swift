/// A client of Redis: commands pipelined over one connection per event loop, replies by hiredis' reader.
