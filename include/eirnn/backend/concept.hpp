// What forward, backward and update ask of a processor. Everything above this line of rooms is written once over it.
#pragma once
#include <eirnn/core/math.hpp>
#include <eirnn/core/random.hpp>
#include <eirnn/linalg/matrix.hpp>

#include <concepts>
#include <cstddef>

namespace EIRNN_NAMESPACE::backend {

/// A range of rows of a product or pass and the functor for its elements. The functor sees rows counted from `origin`. Of several sections,
/// what they do to the row and column that they see under the same numbers runs in their order, all else in any order and at once.
template <class F>
struct section {
    long begin = 0, end = 0, origin = 0;
    F f;
};
template <class F>
section(long, long, long, F) -> section<F>;

/// Trials that run together on one worker, from the first to the last step where nothing needs the whole batch in between. Partial sums go
/// to group `group`; `fresh` says that nothing has been added there yet. Columns beyond the batch are empty trials.
struct tile {
    long index = 0, first = 0, columns = 0;
    int group = 0;
    bool fresh = true;
};

/// W * in over a range of the columns of W: the rows of `in` start where the range starts.
template <class Packed, class T>
struct product {
    const Packed& weights;
    long begin, end;
    view<T> in;
};

// Stand-ins, for the concept only.
struct any_functor {
    template <class At, class... V>
    void operator()(At, V...) const {}
};
struct any_value {
    double operator()(long) const { return 0; }
};

/// A functor for one column that sums over many others may say so: a backend with more workers than it has rows then sums in pieces, which
/// depend on sizes only. `sums()` columns of `sums_to()` get, or if it `adds()` grow by, the sums of `terms()` terms; `part` is the functor of
/// some of them, which replaces what is in `to`.
template <class F>
concept SumsInPieces = requires(const F& f, long n) {
    { f.terms() } -> std::convertible_to<long>;
    { f.sums() } -> std::convertible_to<long>;
    { f.adds() } -> std::convertible_to<bool>;
    f.part(n, n, f.sums_to());
};

/// A backend is a value that owns a processor's workers and memory. `at` in a functor is one element or a packet of rows of one column: it
/// loads and stores through views (`load`, `store`), and reads per row and per column (`per_row`, `per_column`). Scalars are float or double;
/// a class of numbers that has the functions of core/math.hpp will do, too: tests/gallery/duals.hpp runs networks on forward derivatives.
template <class B>
concept Backend = requires(B b, typename B::packed w, view<typename B::scalar> v, section<any_functor> s, any_value f,
                           const view<typename B::scalar> (&some)[noise_steps], const typename B::scalar* p, typename B::scalar* out,
                           const std::uint32_t* ids, random_key key, long n, void (*run)(B&, const tile&, typename B::scalar*)) {
    requires Number<typename B::scalar>;
    typename B::template buffer<typename B::scalar>;  // owning, zeroed memory: buffer(n), data(), size(), upload(), download()
    { B::on_host } -> std::convertible_to<bool>;                        // its memory is the host's: it may read what the caller holds
    { B::row_unit } -> std::convertible_to<long>;                       // leading dimensions are multiples of it
    { b.tile_columns(n, n) } -> std::convertible_to<long>;              // columns of a tile, by the trials of a batch and its weights
    { b.images_per_tile(n) } -> std::convertible_to<long>;              // the same where a trial is a whole map of positions
    { b.groups(n, n) } -> std::convertible_to<int>;                     // partial sums, by trials and width, never by the threads
    { b.chunk(n) } -> std::convertible_to<long>;                        // time steps whose outer products are added at once
    b.for_each_tile(n, n, n, run);                                      // trials, width of a tile, scalars of scratch, what to do
    b.pack(w, v, n, n, false);                                          // rows x columns of v, or of its transpose
    b.product_map(n, product<typename B::packed, typename B::scalar>{w, n, n, v}, s, s);
    b.product_map(n, product<typename B::packed, typename B::scalar>{w, n, n, v},
                  product<typename B::packed, typename B::scalar>{w, n, n, v}, s);
    b.accumulate(v, n, v, n, v, n, false);                              // C (rows x K) = or += A B', summed over columns
    b.each(n, s, s);                                                    // columns; no product
    b.map(n, n, s);                                                     // columns begin .. end; outside the tiles, spread over the workers
    b.column_squares(v, n, n, out);                                     // sum over rows of the square, per column
    { b.sum(n, f) } -> std::convertible_to<double>;                     // f(0) + .. + f(n-1), always in the same order
    b.for_index(n, f);
    b.normals(some, 1, n, n, n, ids, 0u, key, p);  // noise of some steps of a block: rows, columns, block, trial ids, iteration
};

}  // namespace EIRNN_NAMESPACE::backend
