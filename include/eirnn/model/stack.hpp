// A stack of areas with weights: runs images through it, takes gradients. The same equations, plans and functors as in dense networks; what
// differs is the order: batch norm needs the whole batch in every step, so all tiles meet there.
#pragma once
#include <eirnn/model/initialize.hpp>
#include <eirnn/model/running.hpp>
#include <eirnn/model/stack_build.hpp>
#include <eirnn/model/stack_order.hpp>
#include <eirnn/model/stack_runner.hpp>
#include <eirnn/model/stage.hpp>

#include <functional>
#include <new>
#include <tuple>

namespace EIRNN_NAMESPACE {

/// `Cells`: one per area, the readout's last.
template <backend::Backend B, class... Cells>
class stack_engine : public stack_runner<B> {
public:
    using typename stack_runner<B>::T;
    using buffer = typename B::template buffer<T>;
    static constexpr int areas = sizeof...(Cells);

    stack_engine(const stack_layout& l, B b) : stack_runner<B>(l, std::move(b)) {
        detail::check_stack<planned<Cells, equations::way::grid>...>(l);
    }

    /// Builds areas and parameters for images of `frames` frames; frames = 1: the same image in every step.
    void build(long frames) {
        detail::require(frames == 1 || frames == layout_.steps, "a film has one frame per time step", "build",
                        "1 or " + std::to_string(layout_.steps), std::to_string(frames), "change the frames, or the steps of the network");
        frames_ = frames;
        parameters_ = {};
        port below;
        below.grid = layout_.image, below.channels = layout_.image_channels, below.constant = frames == 1;
        each_area([&](auto& a, int i) {
            using area_type = std::remove_reference_t<decltype(a)>;
            a = area_type{};
            a.index = i;
            a.shape = layout_.areas[static_cast<std::size_t>(i)];
            a.steps = layout_.steps;
            a.last = i + 1 == areas;
            a.sums = a.last && layout_.sum_over_steps;
            a.once = !a.last && below.constant && !a.plan.recurrent;
            a.hoists = below.constant && a.plan.recurrent;
            a.norm_steps = a.once || layout_.shared_normalisation ? 1 : layout_.steps;
            for (int k = 0; k < a.plan.shapes.size; ++k) {
                a.rows[k] = a.shape.channels[static_cast<std::size_t>(k)];
                a.ld[k] = leading_dimension(a.rows[k], B::row_unit);
            }
            a.below = below;
            a.received = below;
            if (a.receives()) a.received.constant = false;
            if (a.shape.averaged_input) a.received.grid = {};
            if (a.shape.pooling.exists()) a.pool = detail::window_of(a, a.shape.grid, a.shape.pooling.size, a.shape.pooling.stride);
            detail::build_parts(a, parameters_);
            detail::build_rest(a, parameters_);
            below.grid = a.shape.output_grid(), below.channels = a.rows[a.shape_of(a.plan.output())], below.constant = a.once;
        });
        parameters_.finish();
        each_area([&](auto& a, int) {
            for (int e = 0; e < a.E; ++e)
                if (a.plan.variables[e].normalised)
                    a.gamma[e] = parameters_.effective(a.gamma_block[e]), a.beta[e] = parameters_.effective(a.beta_block[e]);
            for (int k = 0; k < a.plan.trainables.size; ++k) a.trained[k] = parameters_.effective(a.trained_block[k]);
        });
        built_for_ = {}, arena_images_ = 0;
    }

    void initialize(seed s) override {
        tensor_list<T> values;
        for (const auto& t : parameters_.tensors()) {
            bool feed_forward = false;
            each_area([&](auto& a, int i) { feed_forward = feed_forward || (i == t.area && !a.plan.recurrent && !a.last); });
            values.push_back(initial_values<T>(t, feed_forward, static_cast<std::uint32_t>(values.size()), s));
        }
        parameters_.set_raw(values);
    }

    std::vector<std::vector<T>> running_statistics() override {
        std::vector<std::vector<T>> all;
        each_running([&](auto& a, int e) { all.push_back(detail::running_of(a, e)); });
        return all;
    }
    void set_running_statistics(const std::vector<std::vector<T>>& all, std::uint64_t steps) override {
        std::size_t next = 0;
        each_running([&](auto& a, int e) { detail::require_running(a, e, all, next++); });
        detail::require(next == all.size(), "there are more running statistics than normalised variables", "set_running_statistics",
                        std::to_string(next), std::to_string(all.size()), "use those of this network");
        next = 0;
        each_running([&](auto& a, int e) { detail::set_running(a, e, all[next++]); });
        running_steps_ = steps;
    }

    stack_result<T> run(const image_batch<T>& batch, const std::vector<probe>& probes = {}, bool batch_statistics = false) override {
        run_data<T> d = begin(batch, batch_statistics, 0, 0);
        stack_result<T> r;
        std::vector<buffer> probed;
        for (const auto& p : probes) probed.emplace_back(probe_size(p, batch.images));
        auto& last = std::get<areas - 1>(areas_);
        const long outputs = last.rows[last.shape_of(last.plan.output())], per_image = last.positions() * outputs;
        buffer out(batch.images * per_image);
        const auto keep = [&](int area, const stage_place<T>& at) {
            if (area == last.index) {
                const view<T> z = last.block(last.value[last.plan.output()], at, at.step);
                backend_.for_index(at.images * per_image, kernels::save_probe<T>{z, nullptr, nullptr, out.data() + at.first * per_image,
                                                                                 outputs, last.positions(), -1, T(1), false});
            }
            for (std::size_t k = 0; k < probes.size(); ++k)
                if (probes[k].area == area)
                    each_area([&](auto& a, int i) {
                        if (i == area) save(a, probes[k], at, batch.images, probed[k].data());
                    });
        };
        pass(d, batch_statistics, false, keep, nullptr);
        fetch(out, r.output);
        for (auto& p : probed) fetch(p, r.probed.emplace_back());
        return r;
    }

    stack_report gradient_of(const image_batch<T>& batch, std::uint64_t key, std::uint32_t iteration, stack_loss<B> of_columns,
                             double scale) override {
        run_data<T> d = begin(batch, true, key, iteration);
        auto& last = std::get<areas - 1>(areas_);
        const int out = last.plan.output();
        const long outputs = last.rows[last.shape_of(out)], count = batch.images * last.positions();
        detail::require(static_cast<long>(batch.target.size()) == count * outputs, "targets have the wrong size", "image_batch::target",
                        std::to_string(count * outputs), std::to_string(batch.target.size()), "give one target per image and output");
        std::vector<T> ones(batch.target.size(), T(1));
        send(target_, batch.target), send(mask_, ones);
        d.target = target_.data(), d.mask = mask_.data();
        d.trials = count, d.steps = 1;
        d.loss_scale = scale != 0 ? scale : 1 / static_cast<double>(batch.images);
        parameters_.clear_partials(backend_, backend_.groups(batch.images, width_));
        std::vector<double> hits(static_cast<std::size_t>(tile_count(batch.images)));
        ++running_steps_;
        const auto loss = [&](B& b, const stage_place<T>& at) {
            const long columns = at.images * last.positions();
            const view<T> z = last.block(last.value[out], at, at.step), to = last.block(last.adjoint[out], at, at.step);
            b.each(columns, section{0l, outputs, 0l, kernels::copy_rows<T>{z, to}});
            hits[static_cast<std::size_t>(at.first / width_)] =
                b.sum(columns, kernels::hits_of_columns<T>{z, d.target + at.first * last.positions() * outputs, outputs});
            return of_columns.columns(b, d, to, columns, outputs, at.first * last.positions());
        };
        stack_report r;
        r.loss = pass(d, true, true, nullptr, loss);
        r.norm = std::sqrt(parameters_.collect(backend_));
        for (const double h : hits) r.hits += h / static_cast<double>(count);
        return r;
    }

private:
    template <class F>
    void each_area(const F& f) {
        [&]<std::size_t... i>(std::index_sequence<i...>) { (f(std::get<i>(areas_), static_cast<int>(i)), ...); }
        (std::make_index_sequence<sizeof...(Cells)>{});
    }
    template <class F>
    void each_running(const F& f) {
        each_area([&](auto& a, int) {
            for (int e = 0; e < a.E; ++e)
                if (a.plan.variables[e].normalised) f(a, e);
        });
    }
    template <class V>
    static void send(buffer& to, const V& from) {
        if (to.size() < static_cast<long>(from.size())) to = buffer(static_cast<long>(from.size()));
        to.upload(from.data(), static_cast<long>(from.size()));
    }
    static void fetch(const buffer& from, std::vector<T>& to) {
        to.resize(static_cast<std::size_t>(from.size()));
        if (!to.empty()) from.download(to.data(), from.size());
    }

    long tile_count(long images) const { return (images + width_ - 1) / width_; }

    // Where everything lies for batches of this size; the batch to the device; effective weights.
    run_data<T> begin(const image_batch<T>& batch, bool training, std::uint64_t key, std::uint32_t iteration) {
        const long positions = layout_.image.positions(), ld = round_up(layout_.image_channels, B::row_unit);
        detail::check_images(batch, layout_, frames_);
        arrange(batch.images, training);
        std::vector<T> padded(static_cast<std::size_t>(batch.frames * batch.images * positions * ld));
        for (long c = 0; c < batch.frames * batch.images * positions; ++c)
            std::copy_n(batch.pixels.data() + c * layout_.image_channels, layout_.image_channels, padded.data() + c * ld);
        send(pixels_, padded);
        std::vector<std::uint32_t> id(batch.id);
        for (std::uint32_t k = 0; batch.id.empty() && k < batch.images; ++k) id.push_back(k);
        if (id_.size() < batch.images) id_ = typename B::template buffer<std::uint32_t>(batch.images);
        id_.upload(id.data(), batch.images);
        run_data<T> d;
        d.id = id_.data();
        d.unit_key = key_of(key, stream::dropout);
        d.iteration = iteration;
        parameters_.prepare(backend_, training);
        return d;
    }
    void arrange(long images, bool training) {
        if (built_for_.images == images && built_for_.training == training) return;
        built_for_ = {};
        width_ = (std::min)(images, backend_.images_per_tile(images));
        long size = 0;
        const long ring = frames_ == 1 ? 1 : layout_.steps;
        image_.value = {0, round_up(layout_.image_channels, B::row_unit), ring};
        size = round_up(image_.value.ld * (ring * width_ * layout_.image.positions() + 8), 64);
        image_.grid = layout_.image, image_.channels = layout_.image_channels, image_.constant = frames_ == 1;
        port below = image_;
        local_ = operand_ = share_ = 0;
        each_area([&](auto& a, int) {
            a.below = below;
            size = a.place(size, width_, training);
            below = a.above;
            local_ = (std::max)(local_, round_up(a.local_scratch(), 64));
            operand_ = (std::max)(operand_, a.operand_scratch(width_));
            share_ = (std::max)(share_, a.share_scratch(width_));
        });
        tile_size_ = round_up(size, 64);
        if (training) make_arena(images);
        built_for_ = {images, training};
    }
    // Tiles that meet are kept, all of them; what an evaluation needs of a tile lies in the worker's scratch. The arena stays for the next
    // batch of as many images: its adjoints are 0 again after each.
    void make_arena(long images) {
        if (arena_images_ == images) return;
        arena_images_ = 0;
        const long size = tile_size_ * tile_count(images);
        try {
            arena_ = buffer();
            arena_ = buffer(size);
        } catch (const std::bad_alloc&) {
            throw out_of_resources({"there is not enough memory for a batch of images", "stack_engine",
                                    std::to_string(static_cast<std::size_t>(size) * sizeof(T)) + " bytes", "less", "use a smaller batch"});
        }
        arena_images_ = images;
    }
    template <class F>
    void tiles(const F& f) {
        const long scratch_size = round_up(local_ + 2 * operand_ + share_ + 64, 64), kept = built_for_.training ? 0 : tile_size_;
        backend_.for_each_tile(built_for_.images, width_, scratch_size + kept, [&](B& b, const backend::tile& t, T* scratch) {
            T* const base = built_for_.training ? arena_.data() + t.index * tile_size_ : scratch + scratch_size;
            f(b, stage_place<T>{base, scratch, (std::min)(width_, built_for_.images - t.first), t.first, t.group, layout_.steps,
                                built_for_.training});
        });
    }

    using loss_function = std::function<double(B&, const stage_place<T>&)>;
    using keep_function = std::function<void(int area, const stage_place<T>&)>;
    double pass(const run_data<T>& d, bool batch_statistics, bool backward, const keep_function& keep, const loss_function& loss) {
        const auto all = stages_of(
            layout_.steps, areas, [&](const auto& f) { this->each_area(f); }, batch_statistics, backward);
        const stage_context<B> c{parameters_, local_, operand_, d};
        std::vector<double> losses(static_cast<std::size_t>(tile_count(built_for_.images)));
        if (!batch_statistics)
            each_running([&](auto& a, int e) {
                for (long s = 1; s <= (a.once ? 1 : layout_.steps); ++s)
                    backend_.for_index(a.rows[a.shape_of(e)], kernels::use_running_statistics<T>{a.normalised(e, s)});
            });
        for (std::size_t first = 0; first < all.size();) {
            std::size_t end = first + 1;
            while (end < all.size() && !all[end].barrier) ++end;
            if (all[first].barrier)
                each_area([&](auto& a, int i) {
                    if (i == all[first].area) meet(a, all[first], backward);
                });
            tiles([&](B& b, stage_place<T> at) {
                for (std::size_t k = first; k < end; ++k) {
                    at.step = all[k].step;
                    if (all[k].what == doing::loss)
                        losses[static_cast<std::size_t>(at.first / width_)] = loss(b, at);
                    else
                        each_area([&](auto& a, int i) {
                            if (i == all[k].area) run_stage(b, c, a, all[k], at, keep);
                        });
                }
            });
            first = end;
        }
        double sum = 0;
        for (const double x : losses) sum += x;
        return sum;
    }
    template <class A>
    void run_stage(B& b, const stage_context<B>& c, A& a, const stage& s, const stage_place<T>& at, const keep_function& keep) {
        using kernels::unroll;
        if (s.what == doing::receive) return receive(b, a, at);
        if (s.what == doing::hand_back) return hand_back(b, a, at);
        if (s.what == doing::forward && s.segment == 0 && a.index == 0) place_image(b, at);
        if (s.what == doing::backward && s.segment == a.last_segment && a.receives())
            b.each(at.images * a.received.grid.positions(),
                   section{0l, a.received.adjoint.ld, 0l, kernels::fill_rows<T>{a.input_adjoint(at), T(0)}});
        unroll<A::plan.segments>([&](auto g) {
            if (g.value != s.segment) return;
            if (s.what == doing::forward)
                forward_stage<g.value>(b, c, a, at);
            else if (at.training)
                backward_stage<g.value>(b, c, a, at);
        });
        if (keep && s.what == doing::forward && s.segment == a.last_segment) keep(a.index, at);
    }
    void place_image(B& b, const stage_place<T>& at) {
        const long positions = layout_.image.positions(), ld = image_.value.ld, frame = frames_ == 1 ? 0 : at.step - 1;
        const view<T> from{pixels_.data() + (frame * built_for_.images + at.first) * positions * ld, ld};
        b.each(at.images * positions,
               section{0l, ld, 0l,
                       kernels::copy_rows<T>{from, image_.value.block(at.base, image_.constant ? 1 : at.step, at.images * positions)}});
    }
    // All tiles have met: statistics of a normalised variable become scale and shift, or its adjoint's way back.
    template <class A>
    void meet(A& a, const stage& s, bool follow) {
        for (int e = 0; e < a.E; ++e) {
            const auto& v = a.plan.variables[e];
            if (!v.normalised || v.segment != (s.what == doing::forward ? s.segment - 1 : s.segment)) continue;
            const long n = a.rows[v.shape], ld = a.ld[v.shape];
            const kernels::tile_sums<T> sums{arena_.data() + a.statistics[e].offset, tile_count(built_for_.images), tile_size_,
                                             ld};
            const double count = static_cast<double>(built_for_.images * a.positions());
            const auto norm = a.normalised(e, s.step);
            if (s.what == doing::forward) {
                backend_.for_index(n, kernels::finish_statistics<T>{norm, sums, count, follow ? share_at(a, s.step) : 0.});
            } else {
                const long column = a.norm_step(s.step);
                backend_.for_index(
                    n, kernels::finish_adjoint<T>{norm, sums, count, parameters_.partial(0, a.gamma_block[e]).column(column).data,
                                                  parameters_.partial(0, a.beta_block[e]).column(column).data});
            }
        }
    }

    // Statistics that the time steps share follow each of them.
    template <class A>
    double share_at(const A& a, long step) const {
        const auto steps = static_cast<std::uint64_t>(layout_.steps), now = static_cast<std::uint64_t>(step);
        const bool shared = a.norm_steps == 1 && !a.once;
        return detail::running_share_of(shared ? (running_steps_ - 1) * steps + now : running_steps_, running_share_);
    }

    long probe_size(const probe& p, long images) {
        detail::require(p.area >= 0 && p.area < areas, "there is no such area", "probe::area", "0 .. " + std::to_string(areas - 1),
                        std::to_string(p.area), "count areas from 0");
        long n = 0;
        each_area([&](auto& a, int i) {
            if (i != p.area) return;
            detail::require(p.variable >= 0 && p.variable < a.E && a.plan.variables[p.variable].stored,
                            "a variable is not kept by this cell", "probe::variable", "a stored variable", std::to_string(p.variable),
                            "choose another variable");
            n = images * a.rows[a.shape_of(p.variable)] * (p.centre ? 1 : a.positions() * (a.once ? 1 : layout_.steps));
        });
        return n;
    }
    template <class A>
    void save(A& a, const probe& p, const stage_place<T>& at, long images, T* to) {
        const auto& v = a.plan.variables[p.variable];
        const long units = a.rows[v.shape], per = p.centre ? 1 : a.positions(), count = a.once || a.last ? 1 : layout_.steps;
        const auto& g = a.shape.grid;
        kernels::save_probe<T> f{a.block(a.value[p.variable], at, at.step),
                                 nullptr,
                                 nullptr,
                                 nullptr,
                                 units,
                                 a.positions(),
                                 p.centre ? g.height / 2 * g.width + g.width / 2 : -1,
                                 p.centre ? T(1) / static_cast<T>(count) : T(1),
                                 p.centre && at.step > 1 && count > 1};
        if (v.normalised) f.scale = a.normalised(p.variable, at.step).scale, f.shift = a.normalised(p.variable, at.step).shift;
        const long step = p.centre || a.once || a.last ? 0 : at.step - 1;
        f.to = to + (step * images + at.first) * per * units;
        backend_.for_index(at.images * per * units, f);
    }

    using stack_runner<B>::layout_;
    using stack_runner<B>::backend_;
    using stack_runner<B>::parameters_;
    using stack_runner<B>::running_share_;
    using stack_runner<B>::running_steps_;
    std::tuple<grid_area<planned<Cells, equations::way::grid>, B>...> areas_;
    long frames_ = 1, width_ = 1, tile_size_ = 0, local_ = 0, operand_ = 0, share_ = 0, arena_images_ = 0;
    port image_;
    struct built {
        long images = 0;
        bool training = false;
    } built_for_;
    buffer arena_, pixels_, target_, mask_;
    typename B::template buffer<std::uint32_t> id_;
};

}  // namespace EIRNN_NAMESPACE
