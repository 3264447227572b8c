// A model as a safetensors file: effective weights as figures show them, raw weights as training goes on from them, masks, signs and names.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/io/safetensors.hpp>
#include <eirnn/io/weight_tensors.hpp>
#include <eirnn/model/any_model.hpp>
#include <eirnn/model/initialize.hpp>
#include <eirnn/version.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

/// The newest layout of model files that this version reads, and the one that it writes. Older ones stay readable: the first one, of dense
/// networks, had `.raw` of weight matrices only; networks on grids had layouts of their own, `stack_format` 1 and 2, without masks and
/// signs, and the first of them did not count the steps of the running statistics.
inline constexpr int model_format = 2;

/// How a model may be loaded.
struct load_options {
    bool narrow = false;  ///< a file of doubles may be rounded into a model of floats
};
/// What loading did to the numbers.
struct load_report {
    double largest_rounding = 0;  ///< max |loaded - saved|; 0 unless `narrow` was needed
};

/// What the file of a model says beside its numbers.
using file_metadata = std::map<std::string, std::string>;

namespace detail {

/// Masks, signs and rules of an array of weights as they stand in a file.
EIRNN_COLD inline void append_rules(std::vector<tensor>& to, const std::string& name, const std::vector<std::uint64_t>& shape,
                                    const std::vector<weight_rule>& rules) {
    std::vector<std::uint8_t> mask, fixed, rule;
    std::vector<std::int8_t> sign;
    for (const weight_rule& r : rules) {
        mask.push_back(r.trained), fixed.push_back(r.fixed != 0), rule.push_back(static_cast<std::uint8_t>(r.rule));
        sign.push_back(r.negative ? std::int8_t{-1} : std::int8_t{1});
    }
    to.push_back(make_tensor(name + ".mask", shape, mask));
    to.push_back(make_tensor(name + ".fixed", shape, fixed));
    to.push_back(make_tensor(name + ".rule", shape, rule));
    to.push_back(make_tensor(name + ".sign", shape, sign));
}

/// The differences between a file and what a model needs, collected to be told at once.
class difference_list {
public:
    explicit difference_list(std::string where) : where_(std::move(where)) {}
    void add(std::string text) {
        if (++count_ <= shown) text_ += (text_.empty() ? "" : "; ") + std::move(text);
    }
    bool empty() const { return count_ == 0; }
    void throw_if_any(const char* what, const char* repair) const {
        if (count_ == 0) return;
        const std::string more = count_ > shown ? "; and " + std::to_string(count_ - shown) + " more" : "";
        throw bad_file({what, where_, {}, text_ + more, repair});
    }

private:
    static constexpr long shown = 30;
    std::string where_, text_;
    long count_ = 0;
};

/// The numbers of a floating-point tensor in the type of the model.
template <class T>
std::vector<T> numbers_of(const tensor& t, load_report& report) {
    if (t.type == dtype_of<T>) return t.get<T>();
    if constexpr (std::is_same_v<T, double>) {
        const auto f = t.get<float>();
        return {f.begin(), f.end()};
    } else {
        auto rounded = round_to_float(t);
        report.largest_rounding = (std::max)(report.largest_rounding, rounded.largest_rounding);
        return std::move(rounded.values);
    }
}

/// What a model expects of its file.
template <class T>
struct file_of_model {
    weight_set<T> shape;                          ///< its arrays
    std::vector<std::vector<weight_rule>> rules;  ///< [array][number]
    std::vector<std::size_t> weights;             ///< which arrays are weights; the others are biases, scales and the like
    file_metadata identity;
};
template <backend::Backend B>
file_of_model<typename B::scalar> file_of(const any_model<B>& m) {
    file_of_model<typename B::scalar> f{m.raw(), m.rules(), {}, m.identity().parts};
    for (std::size_t k = 0; k < f.rules.size(); ++k)
        if (m.is_weight(k)) f.weights.push_back(k);
    return f;
}

/// Reads the tensors of a model file against the network that should take them.
template <class T>
class model_reader {
public:
    model_reader(const tensor_file& file, file_of_model<T> net, std::string where, load_options how)
        : file_(file), net_(std::move(net)), where_(std::move(where)), how_(how), effective_(net_.shape), raw_(net_.shape) {
        effective_.running.clear();
    }

    load_report read() {
        find_format();
        find_rules();
        check_architecture();
        read_numbers();
        check_values();
        return report_;
    }
    const weight_set<T>& raw() const { return raw_; }
    const weight_set<T>& effective() const { return effective_; }

private:
    enum class format { first, first_on_grid, second_on_grid, newest };
    bool counts_steps() const { return format_ != format::first_on_grid; }
    std::string raw_name(const std::string& name) const { return format_ == format::first && name.front() != 'W' ? name : name + ".raw"; }
    std::string text(const std::string& key) const {
        const auto entry = file_.metadata.find(key);
        return entry == file_.metadata.end() ? std::string() : entry->second;
    }

    // What the file should say about masks and signs. The first format has those of each matrix once, not for every gate and source.
    void find_rules() {
        for (const std::size_t array : net_.weights) {
            const auto& [name, shape, values] = net_.shape.tensors[array];
            if (format_ == format::newest) append_rules(rules_, name, shape, net_.rules[array]);
            if (format_ != format::first) continue;
            const std::string base = name.substr(0, name.find('.'));
            if (find_tensor(rules_, base + ".mask") != nullptr) continue;
            const std::vector once{shape[0], base == "W_rec" ? shape[0] : shape[1]};
            std::vector<weight_rule> rules;
            for (std::size_t k = 0; k < net_.rules[array].size(); ++k)
                if (k % shape[1] < once[1]) rules.push_back(net_.rules[array][k]);
            append_rules(rules_, base, once, rules);
        }
    }
    void find_format() {
        const std::string general = text("model_format"), on_grid = text("stack_format");
        if (general.empty() && on_grid.empty())
            throw bad_file({"this is not a model of eirnn", where_, "the metadata key 'model_format'",
                            text("checkpoint_format").empty() ? "none" : "a checkpoint of a training run",
                            "load a file that save(model, path) has written"});
        const std::string& version_text = general.empty() ? on_grid : general;
        int version = 0;
        const auto parsed = std::from_chars(version_text.data(), version_text.data() + version_text.size(), version);
        if (parsed.ec != std::errc{} || parsed.ptr != version_text.data() + version_text.size() || version < 1)
            throw bad_file({"the version of the model file makes no sense", where_, "a number from 1", printable(version_text), {}});
        if (version > 2)
            throw bad_file({"the model file is of a newer version", where_, "model_format " + std::to_string(model_format) + " or older",
                            version_text,
                            "use eirnn " + (text("eirnn_version").empty() ? std::string("of a later version")
                                                                          : printable(text("eirnn_version")) + " or later")});
        format_ = general.empty() ? (version == 1 ? format::first_on_grid : format::second_on_grid)
                                  : (version == 1 ? format::first : format::newest);
    }

    void check_architecture() const {
        difference_list differences(where_);
        for (const auto& [key, ours] : net_.identity) {
            const auto theirs = file_.metadata.find(key);
            if (theirs == file_.metadata.end())
                differences.add(key + ": the file names none, the model has " + ours);
            else if (theirs->second != ours)
                differences.add(key + ": the file has " + printable(theirs->second) + ", the model " + ours);
        }
        std::set<std::string, std::less<>> known;
        const auto need = [&](const std::string& name, const std::vector<std::uint64_t>& shape, std::optional<dtype> type = {}) {
            if (!known.insert(name).second) return;
            const tensor* t = file_.find(name);
            if (t == nullptr) return differences.add(name + ": missing");
            if (t->shape != shape) {
                const bool transposed = shape.size() == 2 && t->shape == std::vector<std::uint64_t>{shape[1], shape[0]};
                differences.add(name + ": shape " + shape_text(t->shape) + " instead of " + shape_text(shape) +
                                (transposed ? " (transposed)" : ""));
            }
            if (type ? t->type != *type : t->type != dtype::f32 && t->type != dtype::f64)
                differences.add(name + ": numbers of type " + std::string(row_of(t->type).name) + " instead of " +
                                std::string(row_of(type.value_or(dtype_of<T>)).name));
            else if (!type && t->type == dtype::f64 && dtype_of<T> == dtype::f32 && !how_.narrow)
                differences.add(name + ": F64 does not fit a model of float without rounding, which load_options::narrow allows");
        };
        for (const auto& t : net_.shape.tensors) need(t.name, t.shape), need(raw_name(t.name), t.shape);
        for (const auto& t : net_.shape.running) need(t.name, t.shape);
        for (const tensor& r : rules_) need(r.name, r.shape, r.type);
        each_count(net_.shape, [&](const char* name, std::uint64_t) {
            if (counts_steps()) need(name, {}, dtype::u64);
        });
        for (const tensor& t : file_.tensors)
            if (!known.contains(t.name)) differences.add(printable(t.name) + ": the model has no such tensor");
        differences.throw_if_any("the file holds another network than the model", "load it into the network that it was saved from");
    }

    void take(const std::string& name, std::vector<T>& to) {
        to = numbers_of<T>(file_.at(name), report_);
        if (!std::all_of(to.begin(), to.end(), [](T x) { return is_finite(x); }))
            throw bad_file({"a number of the file is too large for the model's type", where_ + ", tensor " + name, "numbers of type F32",
                            "larger ones", "use a model of double"});
    }
    void read_numbers() {
        for (const tensor& t : file_.tensors) require_finite(t, where_);
        for (auto& t : effective_.tensors) take(t.name, t.values.data);
        for (auto& t : raw_.tensors) take(raw_name(t.name), t.values.data);
        for (auto& t : raw_.running) take(t.name, t.values.data);
        each_count(raw_, [&](const char* name, std::uint64_t& count) {
            count = counts_steps() ? file_.at(name).template get_scalar<std::uint64_t>() : running_steps_before;
        });
    }

    void check_values() const {
        difference_list broken(where_);
        for (const tensor& ours : rules_) check_rule(ours, file_.at(ours.name), broken);
        const constraint_report found = check_constraints(net_.rules, effective_);
        if (found.sign_violations > 0)
            broken.add(std::to_string(found.sign_violations) + " weights violate the sign of their source, first " + found.first_sign);
        if (found.mask_violations > 0)
            broken.add(std::to_string(found.mask_violations) + " weights stand where there is no connection, first " + found.first_mask);
        if (broken.empty()) check_raw(broken);
        for (const auto& t : raw_.running) check_variances(t, broken);
        broken.throw_if_any("the weights of the file break a rule of the network",
                            "load an undamaged file, or the network that it was saved from");
    }
    // The first format has the sign of the source where there is no connection too; that says nothing about weights.
    void check_rule(const tensor& ours, const tensor& theirs, difference_list& broken) const {
        const bool sign = ours.name.ends_with(".sign");
        const auto is_one = [&](const char* what, std::size_t k) {
            const std::string name = ours.name.substr(0, ours.name.size() - 5) + what;
            return tensor_at(rules_, name).data[k] != std::byte{0};
        };
        for (std::size_t k = 0; k < ours.data.size(); ++k)
            if (ours.data[k] != theirs.data[k] && !(sign && !is_one(".mask", k) && !is_one(".fixed", k)))
                return broken.add(ours.name + ": not the network's, first at " + place_text({}, ours.shape, k).substr(1));
    }
    // Raw weights, mask and sign must give the effective weights, so a file cannot hide weights that break Dale's law. Only the softplus,
    // which backends compute, may differ in its last digits.
    void check_raw(difference_list& broken) const {
        long count = 0;
        std::string first;
        for (std::size_t i = 0; i < effective_.tensors.size(); ++i) {
            const auto& [name, shape, values] = effective_.tensors[i];
            const bool narrow = dtype_of<T> == dtype::f32 || file_.at(name).type == dtype::f32;
            for (std::size_t k = 0; k < values.data.size(); ++k) {
                const weight_rule& r = net_.rules[i][k];
                if (r.fixed != 0) continue;
                const double magnitude = r.trained ? magnitude_of(r.rule, static_cast<double>(raw_.tensors[i].values.data[k])) : 0;
                const double expected = r.negative ? -magnitude : magnitude, got = static_cast<double>(values.data[k]);
                const double tolerance = r.rule == sign_rule::soft_rectify ? (narrow ? 1e-5 : 1e-12) * (std::abs(expected) + 1e-30) : 0;
                if (std::abs(got - expected) <= tolerance || count++ > 0) continue;
                first = place_text(name, shape, k) + " = " + number_text(got) + " instead of " + number_text(expected);
            }
        }
        if (count > 0) broken.add(std::to_string(count) + " weights are not what the raw weights give, first " + first);
    }
    static void check_variances(const named_values<T>& t, difference_list& broken) {
        const auto units = static_cast<std::size_t>(t.shape[2]);
        for (std::size_t k = 0; k < t.values.data.size(); ++k)
            if (k / units % 2 == 1 && t.values.data[k] < T(0)) return broken.add("a variance below 0, " + place_text(t.name, t.shape, k));
    }

    const tensor_file& file_;
    file_of_model<T> net_;
    std::string where_;
    load_options how_;
    format format_ = format::newest;
    load_report report_;
    std::vector<tensor> rules_;
    weight_set<T> effective_, raw_;
};

}  // namespace detail

/// A model as the content of a safetensors file. Tensors, C order, under the names of `effective()` (see weight_set): effective weights,
/// and with `.raw` behind the name what is trained; of each array of weights `.mask` (U8, 1: trained), `.fixed` (U8, 1: an untrained
/// weight, whose value is the effective one), `.sign` (I8) and `.rule` (U8, a sign_rule); running statistics of batch norm, [step][mean,
/// variance][unit], with the number of gradient steps that they have followed (`running.steps`). Metadata: `metadata` of the caller; what
/// `identity()` says; versions; seed. Equations of cells are not in the file.
template <backend::Backend B>
EIRNN_COLD tensor_file to_tensors(any_model<B>& m, const file_metadata& metadata = {}) {
    tensor_file file;
    file.metadata = metadata;
    for (const auto& [key, value] : m.identity().parts) file.metadata[key] = value;
    file.metadata["model_format"] = std::to_string(model_format);
    file.metadata["eirnn_version"] = EIRNN_VERSION;
    file.metadata["scalar"] = detail::row_of(dtype_of<typename B::scalar>).name;
    file.metadata["seed"] = std::to_string(m.seed_of_weights().value);
    if (!m.identity().name.empty()) file.metadata["network"] = m.identity().name;
    detail::append_tensors(file.tensors, m.effective(), "");
    const auto raw = m.raw();
    for (const auto& t : raw.tensors) file.tensors.push_back(make_tensor(t.name + ".raw", t.shape, t.values.data));
    const auto rules = m.rules();
    for (std::size_t k = 0; k < rules.size(); ++k)
        if (m.is_weight(k)) detail::append_rules(file.tensors, raw.tensors[k].name, raw.tensors[k].shape, rules[k]);
    for (const auto& t : raw.running) file.tensors.push_back(make_tensor(t.name, t.shape, t.values.data));
    detail::each_count(raw, [&](const char* name, std::uint64_t count) { file.tensors.push_back(make_tensor(name, count)); });
    return file;
}

/// Saves a model, whole or not at all. The same weights give the same bytes. Throws cannot_create, write_failed.
template <backend::Backend B>
EIRNN_COLD void save(any_model<B>& m, const std::filesystem::path& path, const file_metadata& metadata = {}) {
    write_safetensors(path, to_tensors(m, metadata));
}

/// Takes the weights of a file over, untrained ones and running statistics included. The file must hold the same network: names, sizes,
/// signs, masks; and its effective weights must obey them and be what its raw weights give. A file of floats fits a model of doubles
/// exactly. Throws missing_file, or bad_file with all differences at once; the model is then unchanged.
template <backend::Backend B>
EIRNN_COLD load_report load(any_model<B>& m, const std::filesystem::path& path, const load_options& how = {}) {
    const tensor_file file = read_safetensors(path);
    detail::model_reader<typename B::scalar> reader(file, detail::file_of(m), path.string(), how);
    const load_report report = reader.read();
    m.set_raw(reader.raw(), &reader.effective());
    return report;
}

}  // namespace EIRNN_NAMESPACE
