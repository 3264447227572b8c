// The areas of a network with the memory of its tiles, and the way through all their stages. What a stage does is in dense_stage.hpp and
// grid_stage.hpp, their order in schedule.hpp.
#pragma once
#include <eirnn/core/error.hpp>
#include <eirnn/model/running.hpp>
#include <eirnn/model/stage.hpp>

#include <algorithm>
#include <cstddef>
#include <new>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace EIRNN_NAMESPACE {

template <class B>
struct map_area;

/// `Areas`: in the order in which they run.
template <backend::Backend B, class... Areas>
class area_list {
public:
    using T = typename B::scalar;
    using buffer = typename B::template buffer<T>;
    static constexpr int size = sizeof...(Areas);
    static constexpr bool on_maps = (Areas::gathers || ...);
    static constexpr bool meets = on_maps || (Areas::normalises || ...);  ///< tiles may have to meet

    template <class F>
    void each(const F& f) {
        [&]<std::size_t... i>(std::index_sequence<i...>) { (f(std::get<i>(areas_), static_cast<int>(i)), ...); }
        (std::make_index_sequence<sizeof...(Areas)>{});
    }
    template <class F>
    void at(int index, const F& f) {
        each([&](auto& a, int i) {
            if (i == index) f(a);
        });
    }
    auto& last() { return std::get<size - 1>(areas_); }

    long trials() const { return trials_; }
    long width() const { return width_; }  ///< trials of a tile
    long tile_size() const { return tile_size_; }  ///< numbers that a tile keeps
    long tile_count() const { return (trials_ + width_ - 1) / width_; }
    /// Where the sums over an area of so many positions lie.
    detail::sums_of_tiles<T> statistics(long positions) const {
        return {arena_.data(), tile_count(), tile_size_, static_cast<double>(trials_ * positions)};
    }

    /// Decides where everything lies for a run of so many trials and steps; `place` sets the areas' memory one after the other: it gets the
    /// first free place and returns the next, and adds to what workers have. Memory that is kept while tiles meet stays for the next batch of as
    /// many trials, its adjoints 0.
    template <class Place>
    void arrange(long trials, long width, long steps, bool training, const Place& place) {
        trials_ = trials, width_ = width, steps_ = steps, training_ = training;
        local_ = operand_ = share_ = passing_ = 0;
        if constexpr (on_maps)
            if (training && passing_for_ != steps) find_passing();
        tile_size_ = round_up(place(passing_), 64);
        each([&](auto& a, int) {
            if constexpr (std::remove_reference_t<decltype(a)>::gathers) {
                local_ = (std::max)(local_, round_up(a.local_scratch(), 64));
                operand_ = (std::max)(operand_, a.operand_scratch(width_));
                share_ = (std::max)(share_, a.share_scratch(width_));
            }
        });
        if constexpr (meets) {
            if (training) make_arena();
        }
    }

    /// Runs all tiles through all stages; returns the sum of the losses. Between the stages: `keep(backend, area, place)` at complete
    /// steps; `loss(backend, place)`, that of a tile, which leaves its derivative where the last area reads it; `meet(stage)` before a
    /// stage for which all tiles have met.
    template <bool Backward, class Keep, class Loss, class Meet>
    double pass(B& device, stage_context<B> c, const stage_request& ask, const Keep& keep, const Loss& loss, const Meet& meet) {
        std::vector<area_timing> timing;
        each([&](auto& a, int) { timing.push_back(a.timing()); });
        const auto all = stages_of(steps_, timing, ask);
        c.local_scratch = local_, c.operand_scratch = operand_;
        std::vector<double> losses(static_cast<std::size_t>(tile_count()));
        for (std::size_t first = 0; first < all.size();) {
            std::size_t end = first;
            for (; end < all.size() && all[end].phase == all[first].phase; ++end)
                if (all[end].meets) meet(all[end]);
            tiles(device, c, [&](B& b, tile_place<T> place) {
                if constexpr (Backward && on_maps)
                    each_map([&](const map_area<B>& a, int i) { clear_passing(b, a, i, all, first, end, place); });
                for (std::size_t k = first; k < end; ++k) {
                    const stage& s = all[k];
                    place.step = s.step;
                    if (s.what == doing::keep)
                        keep(b, s.area, place);
                    else if (s.what == doing::loss)
                        losses[static_cast<std::size_t>(place.first / width_)] = loss(b, place);
                    else at(s.area, [&](auto& a) { run_stage<Backward>(b, c, a, s, place); });
                }
            });
            first = end;
        }
        double sum = 0;
        for (const double x : losses) sum += x;
        return sum;
    }

private:
    template <class F>
    void each_map(const F& f) {
        each([&](auto& a, int i) {
            if constexpr (std::remove_reference_t<decltype(a)>::gathers) f(a.as_map(), i);
        });
    }
    void find_passing() {
        std::vector<map_area<B>*> maps(size);
        std::vector<area_timing> timing;
        each_map([&](map_area<B>& a, int i) { maps[static_cast<std::size_t>(i)] = &a; });
        each([&](auto& a, int) { timing.push_back(a.timing()); });
        find_passing_adjoints(maps, timing, stages_of(steps_, timing, {.batch_statistics = true, .backward = true}), steps_);
        passing_for_ = steps_;
    }
    // Tiles that meet are kept, all of them; what other runs need of a tile lies in the worker's scratch.
    bool keeps_tiles() const { return meets && training_; }
    void make_arena() {
        const long wanted = tile_size_ * tile_count();
        if (arena_size_ == wanted && arena_trials_ == trials_) return;
        arena_size_ = 0;
        try {
            arena_ = buffer();
            arena_ = buffer(wanted);
        } catch (const std::bad_alloc&) {
            throw out_of_resources({"there is not enough memory for the steps of a batch", "engine", bytes(wanted), "less", "use a smaller batch"});
        }
        arena_size_ = wanted, arena_trials_ = trials_;
    }
    template <class F>
    void tiles(B& device, const stage_context<B>& c, const F& f) {
        const long scratch = on_maps ? round_up(local_ + 2 * operand_ + share_ + 64, 64) : 0, passing = round_up(passing_, 64),
                   kept = keeps_tiles() ? 0 : tile_size_;
        const auto run = [&](B& b, const backend::tile& t, T* memory) {
            T* const base = keeps_tiles() ? arena_.data() + t.index * tile_size_ : memory + scratch + passing;
            f(b, tile_place<T>{base, memory, (std::min)(width_, trials_ - t.first), t.columns, t.first, t.group, t.fresh && !c.adds, 0,
                               training_, memory + scratch});
        };
        try {
            device.for_each_tile(trials_, width_, scratch + passing + kept, run);
        } catch (const std::bad_alloc&) {
            throw out_of_resources(
                {"there is not enough memory for the steps of a tile of trials", "engine", bytes(scratch + passing + kept) + " per worker", "less",
                 "make the trials shorter or the time step longer; without gradients, memory does not grow with the steps"});
        }
    }
    static std::string bytes(long scalars) { return std::to_string(static_cast<std::size_t>(scalars) * sizeof(T)) + " bytes"; }

    std::tuple<Areas...> areas_;
    long trials_ = 0, width_ = 1, steps_ = 1, tile_size_ = 0, local_ = 0, operand_ = 0, share_ = 0, passing_ = 0;
    long arena_size_ = 0, arena_trials_ = 0, passing_for_ = 0;  // the steps for which it is known what passes
    bool training_ = false;
    buffer arena_;
};

}  // namespace EIRNN_NAMESPACE
