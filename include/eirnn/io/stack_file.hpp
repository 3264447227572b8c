// Networks on grids on disk: one safetensors file with kernels, biases and the statistics of batch norm, readable anywhere.
#pragma once
#include <eirnn/io/model_file.hpp>
#include <eirnn/model/stack_model.hpp>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace EIRNN_NAMESPACE {

/// The newest layout of files of networks on grids that this version reads, and the one that it writes. The first one did not count the
/// steps of the running statistics.
inline constexpr int stack_format = 2;

/// What the file of a network on grids says beside its numbers.
using file_metadata = std::map<std::string, std::string>;

namespace detail {

/// What is not seen in the shapes of the tensors, by metadata key.
EIRNN_COLD inline file_metadata stack_metadata(const stack_layout& l) {
    const auto grid = [](grid_entry g) { return std::to_string(g.height) + " x " + std::to_string(g.width); };
    file_metadata m;
    m["image"] = grid(l.image);
    m["time_steps"] = std::to_string(l.steps);
    m["readout"] = l.sum_over_steps ? "sum of steps" : "last step";
    m["normalisation"] = l.shared_normalisation ? "shared by the steps" : "of each step";
    for (std::size_t k = 0; k < l.areas.size(); ++k)
        m["area " + std::to_string(k + 1)] = grid(l.areas[k].grid) + ", pooled to " + grid(l.areas[k].output_grid()) + " by windows of " +
                                             std::to_string(l.areas[k].pooling.size);
    return m;
}

/// Reads the tensors of a file against the network that should take them.
template <class T>
class stack_reader {
public:
    stack_reader(const tensor_file& file, const stack_layout& net, const std::vector<parameter_tensor>& tensors, weight_set<T> shape,
                 std::string where, load_options how)
        : file_(file), net_(net), tensors_(tensors), where_(std::move(where)), how_(how), raw_(std::move(shape)) {}

    load_report read() {
        check_format();
        check_architecture();
        for (const tensor& t : file_.tensors) require_finite(t, where_);
        for (auto& t : raw_.tensors) take(t.name + ".raw", t.values.data);
        for (auto& t : raw_.running) take(t.name, t.values.data);
        each_count(raw_, [&](const char* name, std::uint64_t& count) {
            count = first_format() ? running_steps_before : file_.at(name).template get_scalar<std::uint64_t>();
        });
        check_values();
        return report_;
    }
    const weight_set<T>& raw() const { return raw_; }

private:
    [[noreturn]] void refuse(std::string what, std::string expected, std::string got, std::string repair) const {
        throw bad_file({std::move(what), where_, std::move(expected), std::move(got), std::move(repair)});
    }
    std::string text(const std::string& key) const {
        const auto entry = file_.metadata.find(key);
        return entry == file_.metadata.end() ? std::string() : entry->second;
    }
    bool first_format() const { return text("stack_format") == "1"; }
    void check_format() const {
        const std::string format = text("stack_format");
        if (format.empty())
            refuse("this is not the file of a network on grids", "the metadata key 'stack_format'",
                   !text("checkpoint_format").empty() ? "a checkpoint of a training run"
                   : !text("model_format").empty()    ? "a model that is not on grids"
                                                      : "none",
                   "load a file that save(stack_model, path) has written");
        if (!first_format() && format != std::to_string(stack_format))
            refuse("the file is of another version", "stack_format 1 .. " + std::to_string(stack_format), printable(format),
                   "use eirnn " + printable(text("eirnn_version")) + " or later");
    }
    void check_architecture() const {
        difference_list differences(where_);
        for (const auto& [key, ours] : stack_metadata(net_))
            if (text(key) != ours) differences.add(key + ": the file has " + printable(text(key)) + ", the model " + ours);
        std::set<std::string, std::less<>> known;
        const auto need = [&](const std::string& name, const std::vector<std::uint64_t>& shape) {
            known.insert(name);
            const tensor* t = file_.find(name);
            if (t == nullptr) return differences.add(name + ": missing");
            if (t->shape != shape) differences.add(name + ": shape " + shape_text(t->shape) + " instead of " + shape_text(shape));
            if (t->type != dtype::f32 && t->type != dtype::f64)
                differences.add(name + ": numbers of type " + std::string(row_of(t->type).name) + " instead of " +
                                std::string(row_of(dtype_of<T>).name));
            else if (t->type == dtype::f64 && dtype_of<T> == dtype::f32 && !how_.narrow)
                differences.add(name + ": F64 does not fit a model of float without rounding, which load_options::narrow allows");
        };
        for (const auto& t : raw_.tensors) need(t.name, t.shape), need(t.name + ".raw", t.shape);
        for (const auto& t : raw_.running) need(t.name, t.shape);
        each_count(raw_, [&](const char* name, std::uint64_t) {
            if (first_format()) return;
            known.insert(name);
            const tensor* t = file_.find(name);
            if (t == nullptr || t->type != dtype::u64 || t->size() != 1)
                differences.add(std::string(name) + ": not one number of type U64");
        });
        for (const tensor& t : file_.tensors)
            if (!known.contains(t.name)) differences.add(printable(t.name) + ": the model has no such tensor");
        differences.throw_if_any("the file holds another network than the model", "load it into the network that it was saved from");
    }
    void take(const std::string& name, std::vector<T>& to) {
        to = numbers_of<T>(file_.at(name), report_);
        for (const T x : to)
            if (!is_finite(x))
                throw bad_file({"a number of the file is too large for the model's type", where_ + ", tensor " + name,
                                "numbers of type F32", "larger ones", "use a model of double"});
    }
    // Raw weights and the rule of their sign must give the effective ones, so a file cannot hide weights that break Dale's law. Only the
    // softplus, which backends compute, may differ in its last digits.
    void check_values() {
        difference_list broken(where_);
        std::vector<T> effective;
        for (std::size_t i = 0; i < tensors_.size(); ++i) {
            const parameter_tensor& t = tensors_[i];
            const std::string& name = raw_.tensors[i].name;
            const auto& raw = raw_.tensors[i].values.data;
            take(name, effective);
            const bool narrow = dtype_of<T> == dtype::f32 || file_.at(name).type == dtype::f32;
            for (std::size_t k = 0; k < effective.size(); ++k) {
                const double magnitude = magnitude_of(t.rule, static_cast<double>(raw[k])), got = static_cast<double>(effective[k]);
                double expected = t.sign < 0 ? -magnitude : magnitude;
                if (!t.self && t.is_self(static_cast<long>(k))) expected = 0;
                const double tolerance = t.rule == sign_rule::soft_rectify ? (narrow ? 1e-5 : 1e-12) * (std::abs(expected) + 1e-30) : 0;
                if (std::abs(got - expected) <= tolerance) continue;
                std::string text = name + ": not what the raw weights give, first at " + std::to_string(k) + ": ";
                append_json_number(text, got);
                text += " instead of ";
                append_json_number(text, expected);
                broken.add(text);
                break;
            }
        }
        for (const auto& t : raw_.running) check_variances(t, broken);
        broken.throw_if_any("the weights of the file break a rule of the network",
                            "load an undamaged file, or the network that it was saved from");
    }
    static void check_variances(const named_values<T>& t, difference_list& broken) {
        const auto n = static_cast<std::size_t>(t.shape[2]);
        for (std::size_t k = 0; k < t.values.data.size(); ++k)
            if (k / n % 2 == 1 && t.values.data[k] < T(0)) return broken.add(t.name + ": a variance below 0, at " + std::to_string(k));
    }

    const tensor_file& file_;
    const stack_layout& net_;
    const std::vector<parameter_tensor>& tensors_;
    std::string where_;
    load_options how_;
    load_report report_;
    weight_set<T> raw_;
};

}  // namespace detail

/// A network on grids as the content of a safetensors file: its effective weights as `effective()` names them (kernels [post][pre] or
/// [post][pre][y][x], depthwise kernels [pre][y][x]), the same with `.raw` (what is trained), and running statistics
/// [step][mean, variance][unit] with the number of gradient steps that they have followed (`running.steps`). Metadata: `metadata` of the
/// caller; maps, time steps and readout; versions; seed. The equations of the cells are not in the file: say in `metadata` which network
/// it is.
template <backend::Backend B>
tensor_file to_tensors(stack_model<B>& m, const file_metadata& metadata = {}) {
    tensor_file file;
    file.metadata = metadata;
    for (const auto& [key, value] : detail::stack_metadata(m.structure())) file.metadata[key] = value;
    file.metadata["stack_format"] = std::to_string(stack_format);
    file.metadata["eirnn_version"] = EIRNN_VERSION;
    file.metadata["scalar"] = detail::row_of(dtype_of<typename B::scalar>).name;
    file.metadata["seed"] = std::to_string(m.seed_of_weights().value);
    detail::append_tensors(file.tensors, m.effective(), "");
    const auto raw = m.raw();
    for (const auto& t : raw.tensors) file.tensors.push_back(make_tensor(t.name + ".raw", t.shape, t.values.data));
    for (const auto& t : raw.running) file.tensors.push_back(make_tensor(t.name, t.shape, t.values.data));
    detail::each_count(raw, [&](const char* name, std::uint64_t count) { file.tensors.push_back(make_tensor(name, count)); });
    return file;
}

/// Saves a network on grids, whole or not at all. The same weights give the same bytes. Throws cannot_create, write_failed.
template <backend::Backend B>
void save(stack_model<B>& m, const std::filesystem::path& path, const file_metadata& metadata = {}) {
    write_safetensors(path, to_tensors(m, metadata));
}

/// Takes the weights and running statistics of a file over. The file must hold a network of the same maps, time steps, names and shapes,
/// and effective weights that are what its raw weights give. A file of floats fits a model of doubles exactly. Throws missing_file, or
/// bad_file with all differences at once; the model is then unchanged.
template <backend::Backend B>
load_report load(stack_model<B>& m, const std::filesystem::path& path, const load_options& how = {}) {
    const tensor_file file = read_safetensors(path);
    detail::stack_reader<typename B::scalar> reader(file, m.structure(), m.tensors(), m.raw(), path.string(), how);
    const load_report report = reader.read();
    m.set_raw(reader.raw());
    return report;
}

// The functions of model_file.hpp would fit a model of a known network better.
template <GridNetwork Net, backend::Backend B>
tensor_file to_tensors(model<Net, B>& m) {
    return to_tensors(static_cast<stack_model<B>&>(m));
}
template <GridNetwork Net, backend::Backend B>
void save(model<Net, B>& m, const std::filesystem::path& path) {
    save(static_cast<stack_model<B>&>(m), path);
}
template <GridNetwork Net, backend::Backend B>
load_report load(model<Net, B>& m, const std::filesystem::path& path, const load_options& how = {}) {
    return load(static_cast<stack_model<B>&>(m), path, how);
}

}  // namespace EIRNN_NAMESPACE
