// With second.cpp: the whole library in two translation units of one program.
#include <eirnn/eirnn.hpp>

eirnn::random_key key_seen_by_second();

int main() { return key_seen_by_second() == eirnn::key_of(1, eirnn::random_stream::weights) ? 0 : 1; }
