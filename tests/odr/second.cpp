#include <eirnn/eirnn.hpp>

eirnn::random_key key_seen_by_second();
eirnn::random_key key_seen_by_second() { return eirnn::key_of(1, eirnn::random_stream::weights); }
