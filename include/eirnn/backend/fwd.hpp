// Which backend a model runs on unless told otherwise, without its header.
#pragma once
#include <eirnn/config.hpp>

namespace EIRNN_NAMESPACE::backend {

class tbb_executor;
template <class T, class Executor = tbb_executor>
class cpu;

}  // namespace EIRNN_NAMESPACE::backend
