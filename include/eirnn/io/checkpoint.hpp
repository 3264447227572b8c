// Checkpoints: where a training run stands, on disk, in two generations, such that some valid one survives every fault.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/io/safetensors.hpp>
#include <eirnn/io/weight_tensors.hpp>
#include <eirnn/train/state.hpp>
#include <eirnn/version.hpp>

#include <unistd.h>

#include <array>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// The newest layout of checkpoints that this version reads, and the one that it writes. In the first one networks on grids did not count
/// the steps of their running statistics, and two columns of the history had other names; in the first two nobody counted the steps of an
/// optimiser's guard, which did not exist; in the first three no states were carried from one step to the next.
inline constexpr int checkpoint_format = 4;

/// A checkpoint that has been read.
template <class T>
struct checkpoint {
    trainer_state<T> state;
    std::string config;          ///< the text that it was saved with
    std::filesystem::path file;  ///< what it was read from
    std::string notice;          ///< empty, or why the newest file was not used
};

namespace detail {

inline std::string text_hash(std::string_view text) { return xxh3_hex(std::as_bytes(std::span(text.data(), text.size()))); }

inline std::filesystem::path previous_generation(std::filesystem::path path) { return path += ".previous"; }

/// Makes the newest file the previous one too, so that replacing it loses nothing. A damaged one is not worth keeping: then the previous
/// one stays.
inline void keep_generation(const std::filesystem::path& path) {
    std::error_code ec;
    if (!std::filesystem::is_regular_file(path, ec)) return;
    try {
        read_safetensors(path);
    } catch (const error&) {
        return;
    }
    const std::filesystem::path previous = previous_generation(path);
    remove_stale_temporaries(previous);
    const std::string temporary = previous.string() + ".tmp." + std::to_string(::getpid());
    ::unlink(temporary.c_str());
    std::filesystem::create_hard_link(path, temporary, ec);
    // Where the file system has no links, there is for a moment no newest file, but always a previous one.
    std::filesystem::rename(ec ? path : std::filesystem::path(temporary), previous, ec);
    if (ec)
        throw cannot_create(
            {"the previous checkpoint cannot be replaced", previous.string(), {}, ec.message(), "check that its folder is writable"});
    ::unlink(temporary.c_str());  // renaming a file to another link of itself leaves both
}

/// The counters of a run by name: U64 tensors, not JSON numbers, so that a seed keeps all its bits.
template <class State>
auto counters_of(State& s) {
    return std::array{std::pair{"seed", &s.seed}, std::pair{"iteration", &s.iteration}, std::pair{"trials", &s.trials},
                      std::pair{"guarded_steps", &s.guarded_steps}, std::pair{"guarded_in_a_row", &s.guarded_in_a_row}};
}
/// What the validations counted and measured, by name: one array each.
inline constexpr std::array history_counts{std::pair{"history.iteration", &validation_report::iteration},
                                           std::pair{"history.trials", &validation_report::trials},
                                           std::pair{"history.guarded_steps", &validation_report::guarded_steps}};
inline constexpr std::array history_values{std::pair{"history.loss", &validation_report::loss},
                                           std::pair{"history.rmse", &validation_report::rmse},
                                           std::pair{"history.performance", &validation_report::performance},
                                           std::pair{"history.spectral_radius", &validation_report::spectral_radius}};
/// Whether a counter or a column is of the guard.
inline bool counts_guard(std::string_view name) { return name.find("guarded") != name.npos; }
/// The name of a column of the history in the first format.
inline std::string first_name_of(const char* column) {
    const std::string_view name = column;
    return name == "history.loss" ? "history.cost" : name == "history.rmse" ? "history.error" : column;
}
/// The sets of weights of a run by prefix. Only the first is always there.
template <class State>
auto weight_sets_of(State& s) {
    return std::array{std::pair{"raw/", &s.raw}, std::pair{"first_moment/", &s.first_moment}, std::pair{"second_moment/", &s.second_moment},
                      std::pair{"best/", &s.best}};
}

/// The name of a state that is carried, numbers [trial][unit].
inline std::string name_of_carried(std::size_t k) { return std::string("carried/") + std::to_string(k); }

template <class T>
tensor_file checkpoint_tensors(const trainer_state<T>& s, std::string_view config) {
    tensor_file file;
    file.metadata = {{"checkpoint_format", std::to_string(checkpoint_format)},
                     {"eirnn_version", EIRNN_VERSION},
                     {"config", std::string(config)},
                     {"config_hash", text_hash(config)}};
    auto& to = file.tensors;
    for (const auto& [name, value] : counters_of(s)) to.push_back(make_tensor(name, *value));
    const auto column = [&](const auto& fields) {
        for (const auto& [name, field] : fields) {
            std::vector<std::remove_cvref_t<decltype(validation_report{}.*field)>> values;
            for (const validation_report& v : s.history) values.push_back(v.*field);
            to.push_back(make_tensor(name, {values.size()}, values));
        }
    };
    column(history_counts);
    column(history_values);
    for (const auto& [prefix, weights] : weight_sets_of(s))
        if (!weights->tensors.empty()) append_tensors(to, *weights, prefix);
    for (std::size_t k = 0; k < s.carried.size(); ++k) to.push_back(make_tensor(name_of_carried(k), {s.carried[k].size()}, s.carried[k]));
    return file;
}

template <class T>
checkpoint<T> read_checkpoint(const std::filesystem::path& path, const weight_set<T>& shape) {
    const tensor_file file = read_safetensors(path);
    const auto refuse = [&](std::string what, std::string expected, std::string got, std::string repair) {
        throw bad_file({std::move(what), path.string(), std::move(expected), std::move(got), std::move(repair)});
    };
    const auto text = [&](const char* key) {
        const auto entry = file.metadata.find(key);
        return entry == file.metadata.end() ? std::string() : entry->second;
    };
    if (text("checkpoint_format").empty())
        refuse("this is no checkpoint of a training run", "the metadata key 'checkpoint_format'",
               file.metadata.contains("model_format") ? "a model" : "none", "resume from a file that save_checkpoint has written");
    const std::string format = text("checkpoint_format");
    const bool first_format = format == "1", has_guard = format == "3" || format == std::to_string(checkpoint_format);
    if (!first_format && format != "2" && !has_guard)
        refuse("the checkpoint is of another version", "checkpoint_format 1 .. " + std::to_string(checkpoint_format), printable(format),
               "use eirnn " + printable(text("eirnn_version")) + " or later");
    if (text("config_hash") != text_hash(text("config")))
        refuse("the configuration does not fit its hash", text("config_hash"), text_hash(text("config")), {});

    checkpoint<T> c;
    c.config = text("config");
    c.file = path;
    auto& s = c.state;
    std::set<std::string, std::less<>> known;
    const auto at = [&](const std::string& name) -> const tensor& { return known.insert(name), file.at(name); };
    for (const auto& [name, value] : counters_of(s))
        if (has_guard || !counts_guard(name)) *value = at(name).template get_scalar<std::uint64_t>();
    s.history.resize(static_cast<std::size_t>(at("history.iteration").size()));
    const auto column = [&](const auto& fields) {
        for (const auto& [name, field] : fields) {
            if (!has_guard && counts_guard(name)) continue;
            const auto values =
                at(first_format ? first_name_of(name) : name).template get<std::remove_cvref_t<decltype(validation_report{}.*field)>>();
            if (values.size() != s.history.size())
                refuse("the history of a run is cut", std::to_string(s.history.size()) + " validations",
                       name + (": " + std::to_string(values.size())), {});
            for (std::size_t k = 0; k < values.size(); ++k) s.history[k].*field = values[k];
        }
    };
    column(history_counts);
    column(history_values);
    std::string differences;
    for (const auto& [prefix, weights] : weight_sets_of(s)) {
        if (weights != &s.raw && (shape.tensors.empty() || file.find(prefix + shape.tensors.front().name) == nullptr)) continue;
        *weights = shape;
        if (weights == &s.first_moment || weights == &s.second_moment) weights->running.clear(), weights->running_steps = 0;
        each_array(*weights, [&, p = std::string(prefix)](const std::string& name, const std::vector<std::uint64_t>& expected,
                                                          std::vector<T>& values) {
            const tensor* t = file.find(p + name);
            known.insert(p + name);
            if (t == nullptr)
                differences += p + name + ": missing; ";
            else if (t->shape != expected)
                differences += p + name + ": shape " + shape_text(t->shape) + " instead of " + shape_text(expected) + "; ";
            else if (t->type != dtype_of<T>)
                differences += p + name + ": numbers of type " + std::string(row_of(t->type).name) + " instead of " +
                               std::string(row_of(dtype_of<T>).name) + "; ";
            else
                require_finite(*t, path.string()), values = t->get<T>();
        });
        each_count(*weights, [&, p = std::string(prefix)](const char* name, std::uint64_t& count) {
            count = first_format ? running_steps_before : at(p + name).template get_scalar<std::uint64_t>();
        });
    }
    for (std::size_t k = 0; const tensor* t = file.find(name_of_carried(k)); ++k) {
        known.insert(t->name);
        require_finite(*t, path.string()), s.carried.push_back(t->get<T>());
    }
    for (const tensor& t : file.tensors)
        if (!known.contains(t.name)) differences += printable(t.name) + ": the model has no such tensor; ";
    if (!differences.empty())
        refuse("the checkpoint is of another network", {}, differences.substr(0, differences.size() - 2),
               "resume the run with the network that it was started with");
    return c;
}

}  // namespace detail

/// Saves where a run stands, whole or not at all; what stood at `path` becomes `path` + ".previous". `config` is text that says what run
/// this is. The same state gives the same bytes: no times, hosts or numbers of threads. Throws cannot_create, write_failed.
template <class T>
void save_checkpoint(const std::filesystem::path& path, const trainer_state<T>& state, std::string_view config = {}) {
    const auto bytes = serialise(detail::checkpoint_tensors(state, config));
    detail::keep_generation(path);
    replace_file(path, bytes);
}

/// Reads a checkpoint for weights of the given shape (`model::raw()`). If the newest file is damaged or missing, the previous one is used
/// and `notice` says so. Throws missing_file, or bad_file with what is wrong with the newest one, if neither can be used.
template <class T>
checkpoint<T> load_checkpoint(const std::filesystem::path& path, const weight_set<T>& shape) {
    std::exception_ptr problem;
    std::string notice;
    try {
        return detail::read_checkpoint(path, shape);
    } catch (const error& e) {
        problem = std::current_exception();
        notice = e.what();
    }
    try {
        auto older = detail::read_checkpoint(detail::previous_generation(path), shape);
        older.notice = notice + "; the previous checkpoint " + older.file.string() + " is used instead";
        return older;
    } catch (const error&) {
        std::rethrow_exception(problem);  // what is wrong with the newest file matters more
    }
}

}  // namespace EIRNN_NAMESPACE
