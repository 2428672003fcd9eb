# Takes Driveline's own options out of a .proto file, so that any protoc plugin reads it without them.
/^import "driveline\//d
/^ *option (driveline\./d
s/ *\[(driveline\.[^]]*\]//
