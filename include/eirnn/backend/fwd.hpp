// Which backend a model runs on unless told otherwise, without its header.
#pragma once
#include <eirnn/config.hpp>

namespace eirnn::backend {

class tbb_executor;
template <class T, class Executor = tbb_executor>
class cpu;

}  // namespace eirnn::backend
