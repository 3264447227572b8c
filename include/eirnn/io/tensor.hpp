// A named array of numbers in C order: what safetensors and NPZ files hold.
#pragma once
#include <eirnn/config.hpp>
#include <eirnn/core/error.hpp>
#include <eirnn/core/find.hpp>
#include <eirnn/core/owned_list.hpp>
#include <eirnn/io/json.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

static_assert(std::endian::native == std::endian::little,
              "eirnn: the file formats are little-endian and this library copies numbers "
              "unchanged; big-endian machines are not supported");

/// Types of numbers in files, named as safetensors names them.
enum class dtype : unsigned char { boolean, u8, i8, u16, i16, f16, bf16, u32, i32, f32, u64, i64, f64 };

namespace detail {

struct dtype_row {
    dtype type;
    std::string_view name;   ///< in safetensors
    std::string_view numpy;  ///< kind and size in NPY; empty where NumPy has no such type
    std::uint64_t size;      ///< bytes
};
inline constexpr std::array<dtype_row, 13> dtypes{{{dtype::boolean, "BOOL", "b1", 1},
                                                   {dtype::u8, "U8", "u1", 1},
                                                   {dtype::i8, "I8", "i1", 1},
                                                   {dtype::u16, "U16", "u2", 2},
                                                   {dtype::i16, "I16", "i2", 2},
                                                   {dtype::f16, "F16", "f2", 2},
                                                   {dtype::bf16, "BF16", "", 2},
                                                   {dtype::u32, "U32", "u4", 4},
                                                   {dtype::i32, "I32", "i4", 4},
                                                   {dtype::f32, "F32", "f4", 4},
                                                   {dtype::u64, "U64", "u8", 8},
                                                   {dtype::i64, "I64", "i8", 8},
                                                   {dtype::f64, "F64", "f8", 8}}};
constexpr const dtype_row& row_of(dtype type) { return dtypes[static_cast<std::size_t>(type)]; }

/// a b, or nothing if it does not fit: numbers from files are never multiplied otherwise.
constexpr std::optional<std::uint64_t> checked_product(std::uint64_t a, std::uint64_t b) {
    if (b != 0 && a > (std::numeric_limits<std::uint64_t>::max)() / b) return std::nullopt;
    return a * b;
}
/// Bytes of an array, or nothing if they do not fit in 64 bits.
constexpr std::optional<std::uint64_t> byte_size(dtype type, const std::vector<std::uint64_t>& shape) {
    std::optional<std::uint64_t> bytes = row_of(type).size;
    for (const std::uint64_t extent : shape)
        if (bytes) bytes = checked_product(*bytes, extent);
    return bytes;
}

/// Why a tensor or array must not have this name, or nullptr. Other programs use names as paths.
EIRNN_COLD inline const char* name_fault(std::string_view name) {
    if (name.empty()) return "the name is empty";
    if (!valid_utf8(name)) return "the name is not valid UTF-8";
    if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
        return "the name has a control character";
    if (name.front() == '/' || name.find("../") != name.npos || name.find("..\\") != name.npos)
        return "the name looks like a path out of its folder";
    return nullptr;
}

/// The indices of number k of an array in C order.
EIRNN_COLD inline std::vector<std::uint64_t> indices_of(const std::vector<std::uint64_t>& shape, std::uint64_t k) {
    std::vector<std::uint64_t> index(shape.size());
    for (std::size_t d = shape.size(); d-- > 0; k /= shape[d]) index[d] = k % shape[d];
    return index;
}

/// "[2][6]": number k of an array in C order.
EIRNN_COLD inline std::string bracketed(const std::vector<std::uint64_t>& shape, std::uint64_t k) {
    std::string text;
    for (const std::uint64_t index : indices_of(shape, k)) text.append(1, '[').append(std::to_string(index)).append(1, ']');
    return text;
}
EIRNN_COLD inline std::string number_text(double value) {
    std::string s;
    append_json_number(s, value);
    return s;
}
EIRNN_COLD inline std::string shape_text(const std::vector<std::uint64_t>& shape) {
    std::string s = "(";
    for (std::size_t k = 0; k < shape.size(); ++k) s += (k ? ", " : "") + std::to_string(shape[k]);
    return s + ")";
}

}  // namespace detail

/// Number types that tensors take from and give to C++: float, double and integers of 8 to 64 bits.
template <class T>
concept TensorElement = std::same_as<T, float> || std::same_as<T, double> ||(std::integral<T> && !std::same_as<T, bool> && sizeof(T) <= 8);

/// The type of number in files that a C++ type corresponds to.
template <TensorElement T>
inline constexpr dtype dtype_of = [] {
    if constexpr (std::floating_point<T>) return sizeof(T) == 4 ? dtype::f32 : dtype::f64;
    constexpr std::array<dtype, 4> s{dtype::i8, dtype::i16, dtype::i32, dtype::i64}, u{dtype::u8, dtype::u16, dtype::u32, dtype::u64};
    return (std::signed_integral<T> ? s : u)[static_cast<std::size_t>(std::countr_zero(sizeof(T)))];
}();

/// An array in C order (last index fastest); a weight matrix has shape (post, pre).
struct tensor {
    std::string name;
    dtype type = dtype::f32;
    std::vector<std::uint64_t> shape;  ///< empty: one number
    std::vector<std::byte> data;       ///< little-endian, product(shape) x size of the type

    friend bool operator==(const tensor&, const tensor&) = default;

    std::uint64_t size() const { return data.size() / detail::row_of(type).size; }

    /// The numbers. Throws bad_file if the file holds another type: nothing is converted silently (but truth values can be had as uint8).
    template <TensorElement T>
    std::vector<T> get() const {
        if (dtype_of<T> != type && !(type == dtype::boolean && dtype_of<T> == dtype::u8))
            throw bad_file({"a tensor has another type of numbers", "tensor " + printable(name),
                            std::string(detail::row_of(dtype_of<T>).name), std::string(detail::row_of(type).name),
                            "save it again in the expected type"});
        std::vector<T> values(static_cast<std::size_t>(size()));
        if (!values.empty()) std::memcpy(values.data(), data.data(), values.size() * sizeof(T));
        return values;
    }
    /// The only number of a tensor that holds one.
    template <TensorElement T>
    T get_scalar() const {
        const auto values = get<T>();
        if (values.size() != 1)
            throw bad_file(
                {"a tensor should hold one number", "tensor " + printable(name), "1 number", "shape " + detail::shape_text(shape), {}});
        return values.front();
    }
    /// The numbers as a matrix W(post, pre). Throws bad_file if the tensor has not two dimensions.
    template <TensorElement T>
    matrix<T> get_matrix() const {
        if (shape.size() != 2)
            throw bad_file(
                {"a tensor is not a matrix", "tensor " + printable(name), "2 dimensions", "shape " + detail::shape_text(shape), {}});
        matrix<T> m;
        m.data = get<T>();
        m.rows = static_cast<long>(shape[0]);
        m.cols = static_cast<long>(shape[1]);
        return m;
    }
};

namespace detail {
template <class R>
using element_of = std::remove_cvref_t<decltype(*std::data(std::declval<const R&>()))>;
}
/// A tensor from any contiguous range of numbers. Throws invalid_argument if the shape does not fit their count.
template <class R>
requires TensorElement<detail::element_of<R>> tensor make_tensor(std::string name, std::vector<std::uint64_t> shape, const R& values) {
    using value = detail::element_of<R>;
    const std::size_t bytes = std::size(values) * sizeof(value);
    tensor t{std::move(name), dtype_of<value>, std::move(shape), {}};
    if (detail::byte_size(t.type, t.shape) != bytes)
        throw invalid_argument({"the shape does not fit the number of values",
                                "tensor " + printable(t.name),
                                "shape " + detail::shape_text(t.shape),
                                std::to_string(std::size(values)) + " values",
                                {}});
    t.data.resize(bytes);
    if (bytes != 0) std::memcpy(t.data.data(), std::data(values), bytes);
    return t;
}
/// A tensor of shape (rows, cols).
template <TensorElement T>
tensor make_tensor(std::string name, const matrix<T>& m) {
    return make_tensor(std::move(name), {static_cast<std::uint64_t>(m.rows), static_cast<std::uint64_t>(m.cols)}, m.data);
}
/// A tensor that holds one number.
template <TensorElement T>
tensor make_tensor(std::string name, T value) {
    return make_tensor(std::move(name), {}, std::array<T, 1>{value});
}

/// The tensor of this name, or nullptr.
inline const tensor* find_tensor(const std::vector<tensor>& tensors, std::string_view name) {
    const auto it = detail::find_by(tensors, name, &tensor::name);
    return it == tensors.end() ? nullptr : &*it;
}
/// The tensor of this name; throws bad_file if there is none.
inline const tensor& tensor_at(const std::vector<tensor>& tensors, std::string_view name) {
    if (const tensor* t = find_tensor(tensors, name)) return *t;
    throw bad_file({"a tensor is missing", "tensor " + printable(name), {}, std::to_string(tensors.size()) + " other tensors", {}});
}

/// The same of a list that is a temporary: the tensor itself, and no pointer into what is gone.
const tensor* find_tensor(std::vector<tensor>&& temporary, std::string_view name) = delete;
inline tensor tensor_at(std::vector<tensor>&& temporary, std::string_view name) { return tensor_at(std::as_const(temporary), name); }

/// Numbers of a tensor that are NaN or infinite.
struct non_finite_report {
    std::uint64_t count = 0;
    std::uint64_t first = 0;  ///< flat index of the first one
};
/// Looks for NaN and infinity bit by bit, so it works under -ffast-math too; integers have none. Denormals are finite.
inline non_finite_report find_non_finite(const tensor& t) {
    const auto scan = [&]<class Bits>(Bits exponent) {
        non_finite_report r;
        for (std::size_t k = 0; k < t.data.size() / sizeof(Bits); ++k) {
            Bits bits;
            std::memcpy(&bits, t.data.data() + k * sizeof(Bits), sizeof(Bits));
            if ((bits & exponent) == exponent && r.count++ == 0) r.first = k;
        }
        return r;
    };
    switch (t.type) {
        case dtype::f16:
            return scan(std::uint16_t{0x7C00});
        case dtype::bf16:
            return scan(std::uint16_t{0x7F80});
        case dtype::f32:
            return scan(std::uint32_t{0x7F800000});
        case dtype::f64:
            return scan(std::uint64_t{0x7FF0000000000000});
        default:
            return {};
    }
}
/// Throws bad_file naming the first number that is NaN or infinite and how many there are. `file` is for the message.
inline void require_finite(const tensor& t, std::string_view file = {}) {
    const auto found = find_non_finite(t);
    if (found.count == 0) return;
    throw bad_file(
        {"a tensor holds numbers that are not finite",
         (file.empty() ? "" : std::string(file) + ", ") + "tensor " + printable(t.name) + ", first at " +
             detail::shape_text(detail::indices_of(t.shape, found.first)),
         "finite numbers", std::to_string(found.count) + " of " + std::to_string(t.size()) + " NaN or infinite",
         "the run that wrote the file diverged: use an earlier one"});
}

/// A tensor of doubles as floats: the explicit way to load a double file into a float model.
struct rounded_floats {
    std::vector<float> values;
    double largest_rounding = 0;  ///< max |float(x) - x|; infinite if a finite double does not fit
};
inline rounded_floats round_to_float(const tensor& t) {
    rounded_floats r;
    const auto doubles = t.get<double>();
    r.values.reserve(doubles.size());
    for (const double x : doubles) {
        r.values.push_back(static_cast<float>(x));
        r.largest_rounding = (std::max)(r.largest_rounding, std::fabs(static_cast<double>(r.values.back()) - x));
    }
    return r;
}

}  // namespace EIRNN_NAMESPACE
