// Whether this build watches memory: time and memory mean little then, and what takes seconds takes minutes.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define EIRNN_TEST_INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EIRNN_TEST_INSTRUMENTED 1
#endif
#endif
#ifndef EIRNN_TEST_INSTRUMENTED
#define EIRNN_TEST_INSTRUMENTED 0
#endif
