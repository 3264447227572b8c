// Errors at run time: every exception of the library says what happened, where, what was expected, what was found and how to repair it.
#pragma once
#include <eirnn/config.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace EIRNN_SHARED_NAMESPACE {

/// What kind of event an exception reports. The numbers are the exit codes that the examples return for it.
enum class error_code : int {
    usage = 64,          ///< a wrong argument, option or size
    bad_data = 65,       ///< a damaged, hostile or incompatible file
    no_input = 66,       ///< a file that is not there
    no_resources = 71,   ///< out of memory, no such device
    cannot_create = 73,  ///< a folder or file that cannot be made, or is locked
    write_failed = 74,   ///< disk full, I/O error
    diverged = 79,       ///< a number that is not finite
};

/// The parts of an error message. Empty parts are left out of `what()`.
struct error_text {
    std::string what;      ///< one sentence
    std::string where;     ///< file and offset, tensor and index, or parameter
    std::string expected;
    std::string got;
    std::string repair;    ///< what the user can do
};

/// Base of every exception thrown by the library.
class error : public std::runtime_error {
public:
    EIRNN_COLD error(error_code code, error_text text) : std::runtime_error(join(text)), code_(code), text_(std::move(text)) {}
    error_code code() const noexcept { return code_; }
    const error_text& text() const& noexcept { return text_; }
    error_text text() && noexcept { return std::move(text_); }

private:
    EIRNN_COLD static std::string join(const error_text& t) {
        std::string s = "eirnn: " + t.what;
        if (!t.where.empty()) s += "; where: " + t.where;
        if (!t.expected.empty()) s += "; expected: " + t.expected;
        if (!t.got.empty()) s += "; got: " + t.got;
        if (!t.repair.empty()) s += "; repair: " + t.repair;
        return s;
    }
    error_code code_;
    error_text text_;
};

/// A wrong argument: sizes that do not fit, a value out of range, NaN in an input.
struct invalid_argument : error {
    EIRNN_COLD explicit invalid_argument(error_text t) : error(error_code::usage, std::move(t)) {}
};
/// A file whose content is damaged, foreign, or breaks a rule of the network that should load it.
struct bad_file : error {
    EIRNN_COLD explicit bad_file(error_text t) : error(error_code::bad_data, std::move(t)) {}
};
/// A file that does not exist or cannot be opened for reading.
struct missing_file : error {
    EIRNN_COLD explicit missing_file(error_text t) : error(error_code::no_input, std::move(t)) {}
};
/// Not enough memory, or a device that is not there.
struct out_of_resources : error {
    EIRNN_COLD explicit out_of_resources(error_text t) : error(error_code::no_resources, std::move(t)) {}
};
/// A file or folder that cannot be created, or that another process holds.
struct cannot_create : error {
    EIRNN_COLD explicit cannot_create(error_text t) : error(error_code::cannot_create, std::move(t)) {}
};
/// Writing failed after it had begun; what stood there before is untouched.
struct write_failed : error {
    EIRNN_COLD explicit write_failed(error_text t) : error(error_code::write_failed, std::move(t)) {}
};
/// A loss or gradient that is not finite. The step that met it has not changed anything.
struct diverged : error {
    EIRNN_COLD explicit diverged(error_text t) : error(error_code::diverged, std::move(t)) {}
};

}  // namespace EIRNN_SHARED_NAMESPACE
