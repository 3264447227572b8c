// A stack of areas with weights: runs images through it, takes gradients. The same equations, plans and functors as in dense networks; what
// differs is the order: batch norm needs the whole batch in every step, so all tiles meet there.
#pragma once
#include <eirnn/model/area_list.hpp>
#include <eirnn/model/grid_stage.hpp>
#include <eirnn/model/initialize.hpp>
#include <eirnn/model/running.hpp>
#include <eirnn/model/stack_build.hpp>
#include <eirnn/model/stack_runner.hpp>

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
        areas_.each([&](auto& a, int i) {
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
        areas_.each([&](auto& a, int) {
            for (int e = 0; e < a.E; ++e)
                if (a.plan.variables[e].normalised)
                    a.gamma[e] = parameters_.effective(a.gamma_block[e]), a.beta[e] = parameters_.effective(a.beta_block[e]);
            for (int k = 0; k < a.plan.trainables.size; ++k) a.trained[k] = parameters_.effective(a.trained_block[k]);
        });
        areas_.forget(), built_for_ = {};
    }

    void initialize(seed s) override {
        tensor_list<T> values;
        for (const auto& t : parameters_.tensors()) {
            bool feed_forward = false;
            areas_.each([&](auto& a, int i) { feed_forward = feed_forward || (i == t.area && !a.plan.recurrent && !a.last); });
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
        auto& last = areas_.last();
        const long outputs = last.rows[last.shape_of(last.plan.output())], per_image = last.positions() * outputs;
        buffer out(batch.images * per_image);
        const auto keep = [&](B& b, int area, const tile_place<T>& at) {
            if (area == last.index) {
                const view<T> z = last.block(last.value[last.plan.output()], at, at.step);
                b.for_index(at.trials * per_image, kernels::save_probe<T>{z, nullptr, nullptr, out.data() + at.first * per_image, outputs,
                                                                          last.positions(), -1, T(1), false});
            }
            for (std::size_t k = 0; k < probes.size(); ++k)
                if (probes[k].area == area)
                    areas_.at(area, [&](auto& a) { save(b, a, probes[k], at, batch.images, probed[k].data()); });
        };
        pass<false>(d, {.batch_statistics = batch_statistics, .keep = true}, {keep, {}, {}});
        fetch(out, r.output);
        for (auto& p : probed) fetch(p, r.probed.emplace_back());
        return r;
    }

    stack_report gradient_of(const image_batch<T>& batch, std::uint64_t key, std::uint32_t iteration, stack_loss<B> of_columns,
                             double scale) override {
        run_data<T> d = begin(batch, true, key, iteration);
        auto& last = areas_.last();
        const int out = last.plan.output();
        const long outputs = last.rows[last.shape_of(out)], count = batch.images * last.positions();
        detail::require(static_cast<long>(batch.target.size()) == count * outputs, "targets have the wrong size", "image_batch::target",
                        std::to_string(count * outputs), std::to_string(batch.target.size()), "give one target per image and output");
        std::vector<T> ones(batch.target.size(), T(1));
        send(target_, batch.target), send(mask_, ones);
        run_data<T> per_position = d;  // the readout's columns as trials of one step
        per_position.target = target_.data(), per_position.mask = mask_.data();
        per_position.trials = count, per_position.steps = 1;
        per_position.loss_scale = scale != 0 ? scale : 1 / static_cast<double>(batch.images);
        parameters_.clear_partials(backend_, backend_.groups(batch.images, areas_.width()));
        std::vector<double> hits(static_cast<std::size_t>(areas_.tile_count()));
        ++running_steps_;
        const auto loss = [&](B& b, const tile_place<T>& at) {
            const long columns = at.trials * last.positions();
            const view<T> z = last.block(last.value[out], at, at.step), to = last.block(last.adjoint[out], at, at.step);
            b.each(columns, section{0l, outputs, 0l, kernels::copy_rows<T>{z, to}});
            hits[static_cast<std::size_t>(at.first / areas_.width())] =
                b.sum(columns, kernels::hits_of_columns<T>{z, per_position.target + at.first * last.positions() * outputs, outputs});
            return of_columns.columns(b, per_position, to, columns, outputs, at.first * last.positions());
        };
        stack_report r;
        r.loss = pass<true>(d, {.batch_statistics = true, .backward = true}, {{}, loss, {}});
        r.norm = std::sqrt(parameters_.collect(backend_));
        for (const double h : hits) r.hits += h / static_cast<double>(count);
        return r;
    }

private:
    template <class F>
    void each_running(const F& f) {
        areas_.each([&](auto& a, int) {
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
        d.input = pixels_.data(), d.trials = batch.images;
        d.id = id_.data();
        d.unit_key = key_of(key, stream::dropout);
        d.iteration = iteration;
        parameters_.prepare(backend_, training);
        return d;
    }
    void arrange(long images, bool training) {
        if (built_for_.images == images && built_for_.training == training) return;
        built_for_ = {};
        const long width = (std::min)(images, backend_.images_per_tile(images)), ring = frames_ == 1 ? 1 : layout_.steps;
        port image;
        image.value = {0, round_up(layout_.image_channels, B::row_unit), ring};
        image.grid = layout_.image, image.channels = layout_.image_channels, image.constant = frames_ == 1;
        areas_.arrange(images, width, layout_.steps, training, [&] {
            long size = round_up(image.value.ld * (ring * width * layout_.image.positions() + 8), 64);
            port below = image;
            areas_.each([&](auto& a, int) {
                a.below = below;
                size = a.place(size, width, training);
                below = a.above;
            });
            return size;
        });
        built_for_ = {images, training};
    }
    template <bool Backward>
    double pass(const run_data<T>& d, const stage_request& ask, typename area_list<B, grid_area<planned<Cells, equations::way::grid>, B>...>::hooks h) {
        if (!ask.batch_statistics)
            each_running([&](auto& a, int e) {
                for (long s = 1; s <= (a.once ? 1 : layout_.steps); ++s)
                    backend_.for_index(a.rows[a.shape_of(e)], kernels::use_running_statistics<T>{a.normalised(e, s)});
            });
        h.meet = [&](const stage& s) { areas_.at(s.area, [&](auto& a) { meet(a, s, Backward); }); };
        return areas_.template pass<Backward>(backend_, {parameters_, d}, ask, h);
    }
    // All tiles have met: statistics of a normalised variable become scale and shift, or its adjoint's way back.
    template <class A>
    void meet(A& a, const stage& s, bool follow) {
        for (int e = 0; e < a.E; ++e) {
            const auto& v = a.plan.variables[e];
            if (!v.normalised || v.segment != (s.what == doing::forward ? s.segment - 1 : s.segment)) continue;
            const long n = a.rows[v.shape], ld = a.ld[v.shape];
            const kernels::tile_sums<T> sums{areas_.arena() + a.statistics[e].offset, areas_.tile_count(), areas_.tile_size(),
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
        areas_.each([&](auto& a, int i) {
            if (i != p.area) return;
            detail::require(p.variable >= 0 && p.variable < a.E && a.plan.variables[p.variable].stored,
                            "a variable is not kept by this cell", "probe::variable", "a stored variable", std::to_string(p.variable),
                            "choose another variable");
            n = images * a.rows[a.shape_of(p.variable)] * (p.centre ? 1 : a.positions() * (a.once ? 1 : layout_.steps));
        });
        return n;
    }
    template <class A>
    void save(B& b, A& a, const probe& p, const tile_place<T>& at, long images, T* to) {
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
        b.for_index(at.trials * per * units, f);
    }

    using stack_runner<B>::layout_;
    using stack_runner<B>::backend_;
    using stack_runner<B>::parameters_;
    using stack_runner<B>::running_share_;
    using stack_runner<B>::running_steps_;
    area_list<B, grid_area<planned<Cells, equations::way::grid>, B>...> areas_;
    long frames_ = 1;
    struct built {
        long images = 0;
        bool training = false;
    } built_for_;
    buffer pixels_, target_, mask_;
    typename B::template buffer<std::uint32_t> id_;
};

}  // namespace EIRNN_NAMESPACE
