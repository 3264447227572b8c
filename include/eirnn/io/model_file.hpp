// A model as a safetensors file: effective weights as figures show them, raw weights as training goes on from them, masks, signs and names.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/core/math.hpp>
#include <eirnn/core/name_of.hpp>
#include <eirnn/io/safetensors.hpp>
#include <eirnn/io/weight_tensors.hpp>
#include <eirnn/model/model.hpp>
#include <eirnn/version.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
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

/// The newest layout of model files that this version reads, and the one that it writes. Older ones stay readable.
inline constexpr int model_format = 1;

/// How a model may be loaded.
struct load_options {
    bool narrow = false;  ///< a file of doubles may be rounded into a model of floats
};
/// What loading did to the numbers.
struct load_report {
    double largest_rounding = 0;  ///< max |loaded - saved|; 0 unless `narrow` was needed
};

namespace detail {

template <Network Net>
EIRNN_COLD std::map<std::string, std::string> network_metadata(const layout& l) {
    constexpr auto& net = network_traits<Net>::facts;
    std::map<std::string, std::string> m;
    const auto add = [](std::string& list, std::string entry) { list += (list.empty() ? "" : ", ") + std::move(entry); };
    const auto sized = [](std::string_view name, long size) { return std::string(name) + " " + std::to_string(size); };
    const auto sign = [](polarity s) {
        return s == polarity::excitatory ? " excitatory" : s == polarity::inhibitory ? " inhibitory" : " free";
    };
    for (std::size_t k = 0; k < net.areas.size(); ++k) add(m["areas"], sized(net.areas[k].name, l.areas[k].size));
    for (std::size_t k = 0; k < net.populations.size(); ++k)
        add(m["populations"], sized(net.populations[k].name, l.populations[k].size) + sign(net.populations[k].sign));
    for (std::size_t k = 0; k < net.inputs.size(); ++k) add(m["inputs"], sized(net.inputs[k].name, l.input_channels[k].size));
    for (std::size_t k = 0; k < net.outputs.size(); ++k) add(m["outputs"], sized(net.outputs[k].name, l.output_channels[k].size));
    // Compilers agree on the name of a cell's template, not on how they print its arguments.
    const std::string_view cell = name_of<typename network_traits<Net>::cell>();
    m["cell"] = cell.substr(0, cell.find('<'));
    return m;
}

/// Masks, signs and rules of a weight matrix as they stand in a file.
EIRNN_COLD inline void append_connectivity(std::vector<tensor>& to, const std::string& name, const connectivity& c) {
    matrix<std::uint8_t> fixed(c.posts(), c.pres()), rule(c.posts(), c.pres());
    matrix<std::int8_t> sign(c.posts(), c.pres());
    for (std::size_t k = 0; k < fixed.data.size(); ++k) {
        fixed.data[k] = c.fixed.data[k] != 0;
        rule.data[k] = static_cast<std::uint8_t>(c.rule.data[k]);
        sign.data[k] = c.sign.data[k] < 0 ? std::int8_t{-1} : std::int8_t{1};
    }
    to.push_back(make_tensor(name + ".mask", c.plastic));
    to.push_back(make_tensor(name + ".fixed", fixed));
    to.push_back(make_tensor(name + ".rule", rule));
    to.push_back(make_tensor(name + ".sign", sign));
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

/// Reads the tensors of a model file against the network that should take them.
template <class T>
class model_reader {
public:
    model_reader(const tensor_file& file, const layout& net, weight_set<T> shape, std::string where, load_options how)
        : file_(file), net_(net), where_(std::move(where)), how_(how), effective_(shape), raw_(std::move(shape)) {
        append_connectivity(connections_, "W_in", net.input);
        append_connectivity(connections_, "W_rec", net.recurrent);
        append_connectivity(connections_, "W_out", net.output);
    }

    load_report read(const std::map<std::string, std::string>& network) {
        check_format();
        check_architecture(network);
        read_numbers();
        check_values();
        return report_;
    }
    const weight_set<T>& raw() const { return raw_; }
    const weight_set<T>& effective() const { return effective_; }

private:
    static bool is_weight(std::string_view name) { return name.front() == 'W'; }

    void check_format() const {
        const auto entry = file_.metadata.find("model_format");
        if (entry == file_.metadata.end())
            throw bad_file({"this is not a model of eirnn", where_, "the metadata key 'model_format'",
                            file_.metadata.contains("checkpoint_format") ? "a checkpoint of a training run" : "none",
                            "load a file that save(model, path) has written"});
        int version = 0;
        const std::string& text = entry->second;
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), version);
        if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || version < 1)
            throw bad_file({"the version of the model file makes no sense", where_, "a number from 1", printable(text), {}});
        if (version > model_format) {
            const auto writer = file_.metadata.find("eirnn_version");
            throw bad_file({"the model file is of a newer version", where_, "model_format " + std::to_string(model_format) + " or older",
                            text,
                            "use eirnn " + (writer == file_.metadata.end() ? std::string("of a later version")
                                                                           : printable(writer->second) + " or later")});
        }
    }

    void check_architecture(const std::map<std::string, std::string>& network) const {
        difference_list differences(where_);
        for (const auto& [key, ours] : network) {
            const auto theirs = file_.metadata.find(key);
            if (theirs == file_.metadata.end())
                differences.add(key + ": the file names none, the model has " + ours);
            else if (theirs->second != ours)
                differences.add(key + ": the file has " + printable(theirs->second) + ", the model " + ours);
        }
        std::set<std::string, std::less<>> known;
        const auto need = [&](const std::string& name, const std::vector<std::uint64_t>& shape, std::optional<dtype> type) {
            known.insert(name);
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
        each_array(effective_, [&](const std::string& name, const std::vector<std::uint64_t>& shape, const auto&) {
            need(name, shape, {});
            if (is_weight(name)) need(name + ".raw", shape, {});
        });
        for (const tensor& c : connections_) need(c.name, c.shape, c.type);
        for (const tensor& t : file_.tensors)
            if (!known.contains(t.name)) differences.add(printable(t.name) + ": the model has no such tensor");
        differences.throw_if_any("the file holds another network than the model", "load it into the network that it was saved from");
    }

    void read_numbers() {
        for (const tensor& t : file_.tensors) require_finite(t, where_);
        const auto take = [&](const std::string& name, std::vector<T>& to) {
            to = numbers_of<T>(file_.at(name), report_);
            if (!std::ranges::all_of(to, [](T x) { return is_finite(x); }))
                throw bad_file({"a number of the file is too large for the model's type", where_ + ", tensor " + name,
                                "numbers of type F32", "larger ones", "use a model of double"});
        };
        each_array(effective_, [&](const std::string& name, const auto&, std::vector<T>& values) { take(name, values); });
        each_array(raw_, [&](const std::string& name, const auto&, std::vector<T>& values) {
            take(is_weight(name) ? name + ".raw" : name, values);
        });
    }

    void check_values() const {
        difference_list broken(where_);
        for (const tensor& ours : connections_) {
            const tensor& theirs = file_.at(ours.name);
            const auto first = std::ranges::mismatch(ours.data, theirs.data).in1;
            if (first == ours.data.end()) continue;
            const auto k = static_cast<std::uint64_t>(first - ours.data.begin());
            broken.add(ours.name + ": not the network's, first at (" + std::to_string(k / ours.shape[1]) + ", " +
                       std::to_string(k % ours.shape[1]) + ")");
        }
        const constraint_report rules = check_constraints(net_, effective_);
        if (rules.sign_violations > 0)
            broken.add(std::to_string(rules.sign_violations) + " weights violate the sign of their source, first " + rules.first_sign);
        if (rules.mask_violations > 0)
            broken.add(std::to_string(rules.mask_violations) + " weights stand where there is no connection, first " + rules.first_mask);
        if (broken.empty()) check_raw(broken);
        broken.throw_if_any("the weights of the file break a rule of the network",
                            "load an undamaged file, or the network that it was saved from");
    }

    // Raw weights, mask and sign must give the effective weights; only the softplus, which backends compute, may differ in its last digits.
    void check_raw(difference_list& broken) const {
        long count = 0;
        std::string first;
        const bool narrow = dtype_of<T> == dtype::f32 || file_.at("W_out").type == dtype::f32;
        each_matrix(
            net_,
            [&](const std::string& name, const connectivity& c, const matrix<T>& raw, const matrix<T>& effective) {
                each_weight(c, raw.cols, [&](long post, long pre, long column) {
                    if (c.fixed(post, pre) != 0) return;
                    const sign_rule rule = c.rule(post, pre);
                    const double magnitude = c.plastic(post, pre) ? magnitude_of(rule, static_cast<double>(raw(post, column))) : 0;
                    const double expected = c.sign(post, pre) < 0 ? -magnitude : magnitude,
                                 got = static_cast<double>(effective(post, column));
                    const double tolerance = rule == sign_rule::soft_rectify ? (narrow ? 1e-5 : 1e-12) * (std::abs(expected) + 1e-30) : 0;
                    if (std::abs(got - expected) <= tolerance || count++ > 0) return;
                    first = weight_text(name, post, pre, got) + " instead of ";
                    append_json_number(first, expected);
                });
            },
            raw_, effective_);
        if (count > 0) broken.add(std::to_string(count) + " weights are not what the raw weights give, first " + first);
    }

    const tensor_file& file_;
    const layout& net_;
    std::string where_;
    load_options how_;
    load_report report_;
    std::vector<tensor> connections_;
    weight_set<T> effective_, raw_;
};

}  // namespace detail

/// A model as the content of a safetensors file. Tensors, C order: W_in, W_rec, W_out (effective weights, [post][pre]), the same with
/// `.raw` (what is trained), b_rec, b_out, x0; and of each weight matrix `.mask` (U8, 1: trained), `.fixed` (U8, 1: an untrained weight,
/// whose value is the effective one), `.sign` (I8), `.rule` (U8, a sign_rule). Gates and initial values of a cell that has several are
/// numbered: W_rec.0, W_rec.1.raw. Metadata: names and sizes of areas, populations, inputs and outputs; versions; seed.
template <Network Net, backend::Backend B>
tensor_file to_tensors(model<Net, B>& m) {
    tensor_file file;
    file.metadata = detail::network_metadata<Net>(m.structure());
    file.metadata["model_format"] = std::to_string(model_format);
    file.metadata["eirnn_version"] = EIRNN_VERSION;
    file.metadata["scalar"] = detail::row_of(dtype_of<typename B::scalar>).name;
    file.metadata["seed"] = std::to_string(m.seed_of_weights().value);
    if constexpr (is_identifier(name_of<Net>())) file.metadata["network"] = name_of<Net>();
    detail::append_tensors(file.tensors, m.effective(), "");
    const auto raw = m.raw();
    detail::each_array(raw, [&](const std::string& name, const auto& shape, const auto& values) {
        if (name.front() == 'W') file.tensors.push_back(make_tensor(name + ".raw", shape, values));
    });
    detail::append_connectivity(file.tensors, "W_in", m.structure().input);
    detail::append_connectivity(file.tensors, "W_rec", m.structure().recurrent);
    detail::append_connectivity(file.tensors, "W_out", m.structure().output);
    return file;
}

/// Saves a model, whole or not at all. The same weights give the same bytes. Throws cannot_create, write_failed.
template <Network Net, backend::Backend B>
void save(model<Net, B>& m, const std::filesystem::path& path) {
    write_safetensors(path, to_tensors(m));
}

/// Takes the weights of a file over, untrained ones included. The file must hold the same network: names, sizes, signs, masks; and its
/// effective weights must obey them and be what its raw weights give. A file of floats fits a model of doubles exactly.
/// Throws missing_file, or bad_file with all differences at once; the model is then unchanged.
template <Network Net, backend::Backend B>
load_report load(model<Net, B>& m, const std::filesystem::path& path, const load_options& how = {}) {
    const tensor_file file = read_safetensors(path);
    detail::model_reader<typename B::scalar> reader(file, m.structure(), m.raw(), path.string(), how);
    const load_report report = reader.read(detail::network_metadata<Net>(m.structure()));
    m.set_raw(reader.raw(), &reader.effective());
    return report;
}

}  // namespace EIRNN_NAMESPACE
