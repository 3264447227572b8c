// Packed weights and the micro-kernel that multiplies them. One kernel serves forward, backward and weight gradients: they are strides of
// it.
#pragma once
#include <eirnn/backend/concept.hpp>
#include <eirnn/backend/cpu/packet.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace EIRNN_NAMESPACE::backend::cpu_detail {

/// Zeroed memory on a page boundary; on a boundary of huge pages, which are asked for, where it is large.
template <class T>
class aligned_buffer {
public:
    aligned_buffer() = default;
    explicit aligned_buffer(long n) : size_(n) {
        if (n == 0) return;
        const std::size_t least = static_cast<std::size_t>(n) * sizeof(T), page = least < huge_page / 2 ? 4096 : huge_page,
                          bytes = (least + page - 1) / page * page;
        data_.reset(static_cast<T*>(std::aligned_alloc(page, bytes)));
        if (!data_) throw std::bad_alloc();
#ifdef __linux__
        if (page == huge_page) madvise(data_.get(), bytes, MADV_HUGEPAGE);
#endif
        std::memset(static_cast<void*>(data_.get()), 0, bytes);
    }
    T* data() { return data_.get(); }
    const T* data() const { return data_.get(); }
    long size() const { return size_; }
    void upload(const T* from, long n) { std::copy_n(from, n, data_.get()); }
    void download(T* to, long n) const { std::copy_n(data_.get(), n, to); }

private:
    static constexpr std::size_t huge_page = std::size_t{1} << 21;
    struct release {
        void operator()(T* p) const { std::free(p); }
    };
    std::unique_ptr<T[], release> data_;
    long size_ = 0;
};

// Register blocks: sums of so many packets of rows by so many columns stay in registers while all weights of these rows pass by.
//
//   vectors      registers  packets x columns  in registers
//   512 bits         32           4 x 5        20 sums, 4 packets of weights, a number of a column for all lanes
//   256 or 128       16           2 x 5        10 sums, 2 packets of weights, the same
//
// Eight sums are under way at once (see `block`), so that either is enough of them. A packet of weights serves all columns, a number of a
// column all packets: a block of 4 x 5 asks for 9 of both in 20 multiply-adds, one of 2 x 5 for 7 in 10. The columns are those of a tile,
// whatever the vectors, since a batch of 5, 10, 20 or 50 trials then has no empty ones; five were measured best on 16 and on 32 registers.
inline constexpr int tile_width = 5;
inline constexpr int max_packets = vector_bytes == 64 ? 4 : 2;

/// Rows in panels of at most `max_packets` packets, as even as can be. Products ask for the rows of a panel all the time: what has to be
/// divided for that is divided once.
template <class T>
class panelling {
public:
    static constexpr long width = packet<T>::width;
    panelling() = default;
    explicit panelling(long rows)
        : packets_((rows + width - 1) / width), panels_(static_cast<int>((packets_ + max_packets - 1) / max_packets)) {
        if (panels_ > 0) least_ = packets_ / panels_, higher_ = packets_ % panels_;
    }
    int panels() const { return panels_; }
    long rows() const { return packets_ * width; }  ///< whole packets of them
    long first(int q) const { return (q * least_ + std::min<long>(q, higher_)) * width; }  ///< row of panel q
    int packets(int q) const { return static_cast<int>(least_ + (q < higher_ ? 1 : 0)); }  ///< of panel q

private:
    long packets_ = 0;
    int panels_ = 0;
    long least_ = 0, higher_ = 0;  // packets of a panel; panels that have one more
};

/// Weights in panels; inside a panel, column after column.
template <class T>
struct packed {
    long rows = 0, columns = 0;
    panelling<T> cut;
    aligned_buffer<T> data;
    /// [panel] its columns, but for stretches of zeros: blocks of the wiring that do not exist take no time.
    std::vector<std::vector<stretch>> ranges;

    packed() = default;
    packed(long r, long c) : rows(r), columns(c), cut(r), data(cut.rows() * c), ranges(static_cast<std::size_t>(cut.panels())) {}
    T* panel(int q) { return data.data() + cut.first(q) * columns; }
    const T* panel(int q) const { return data.data() + cut.first(q) * columns; }

    void find_ranges(int q) {
        const long h = cut.packets(q) * cut.width;
        find_stretches(ranges[static_cast<std::size_t>(q)], columns, [&, w = panel(q)](long k) {
            bool zero = true;
            for (long i = 0; i < h; ++i) zero &= w[k * h + i] == 0;
            return !zero;
        });
    }
};

// c = or += sum over k of a[k] b[k]: MR packets of rows by NR columns, all in registers. `along`: the columns of b lie along k, `step_b`
// apart, as operands of a product do; else rows of them do, as in an outer product. A multiply-add takes four cycles and two start in each:
// where there are fewer than eight sums, odd and even k have sums of their own.
// Where two threads share a core, each is fed with instructions in every other cycle, from lines of 64 bytes: so the loop is one step of k,
// short, and starts a line; it was a fifth slower elsewhere. On a core of one's own nothing of this shows.
#if defined(__GNUC__) && !defined(__clang__) && !defined(__CUDACC__)
#define EIRNN_LOOPS_ON_LINES [[gnu::optimize("align-loops=64")]]
#else
#define EIRNN_LOOPS_ON_LINES
#endif
template <class T, int MR, int NR, bool along>
EIRNN_LOOPS_ON_LINES [[gnu::noinline]] void block(long K, const T* a, long step_a, const T* b, long step_b, T* c, long ldc, bool add) {
    using P = packet<T>;
    constexpr int chains = MR * NR < 8 ? 2 : 1;
    P sum[std::size_t{chains}][std::size_t{NR}][std::size_t{MR}] = {};
    const auto step = [&](P(&to)[std::size_t{NR}][std::size_t{MR}]) __attribute__((always_inline)) {
        P av[std::size_t{MR}];
        EIRNN_UNROLL
        for (int i = 0; i < MR; ++i) av[i] = pin(P::load(a + P::width * i));
        EIRNN_UNROLL
        for (int j = 0; j < NR; ++j) {
            const T s = along ? b[j * step_b] : b[j];
            EIRNN_UNROLL
            for (int i = 0; i < MR; ++i) to[j][i] = pin(to[j][i] + av[i] * s);
        }
        a += step_a, b += along ? 1 : step_b;
    };
    for (long k = K / chains; k > 0; --k) {
        EIRNN_UNROLL
        for (int chain = 0; chain < chains; ++chain) step(sum[chain]);
    }
    if constexpr (chains > 1) {
        if (K % chains) step(sum[0]);
    }
    EIRNN_UNROLL
    for (int j = 0; j < NR; ++j)
        EIRNN_UNROLL
        for (int i = 0; i < MR; ++i) {
            T* const to = c + j * ldc + P::width * i;
            const P all = chains == 1 ? sum[0][j][i] : sum[0][j][i] + sum[chains - 1][j][i];
            (add ? P::load(to) + all : all).store(to);
        }
}
#undef EIRNN_LOOPS_ON_LINES
template <class T, int NR, bool along, class... A>
void blocks(int height, A... a) {
    static_assert(max_packets <= 4);
    if constexpr (max_packets >= 4)
        if (height == 4) return block<T, 4, NR, along>(a...);
    if constexpr (max_packets >= 3)
        if (height == 3) return block<T, 3, NR, along>(a...);
    if (height == 2) return block<T, 2, NR, along>(a...);
    block<T, 1, NR, along>(a...);
}

}  // namespace EIRNN_NAMESPACE::backend::cpu_detail
