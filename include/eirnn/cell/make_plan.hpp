// From equations to a plan, by loops, at compile time: which equations share a product, where each rule runs, what must be kept for the
// backward pass and who touches an adjoint first.
#pragma once
#include <eirnn/cell/plan.hpp>

#include <algorithm>

namespace EIRNN_NAMESPACE::equations {

// The segment of each equation: after everything that it reads. What the weights do not bring from the step before is moved as far down
// as its readers allow, so that a gate that is needed behind a barrier never has to be carried over it.
template <int E>
constexpr void find_segments(plan<E>& p, const equation_list<E>& eqs, const auto& index) {
    const int n = eqs.size;
    auto& var = p.variables;
    const auto for_sources = [&](int e, const auto& f) {
        for (const leaf& r : eqs[e].from)
            if (r.kind == leaf_kind::now) f(index(r.what));
        for (const leaf& r : eqs[e].with)
            if (r.kind == leaf_kind::now) f(index(r.what));
    };
    for (int e = 0; e < n; ++e)
        for_sources(e, [&](int s) { var[e].segment = (std::max)(var[e].segment, var[s].segment + (var[s].normalised ? 1 : 0)); });
    for (int e = n - 1; e >= 0; --e) {
        bool stays = var[e].normalised;
        for (const leaf& r : eqs[e].from) stays = stays || r.kind != leaf_kind::now;
        int latest = -1;
        for (int r = e + 1; r < n; ++r)
            for_sources(r, [&](int s) {
                if (s == e && (latest < 0 || var[r].segment < latest)) latest = var[r].segment;
            });
        if (!stays && latest > var[e].segment) var[e].segment = latest;
        p.segments = (std::max)(p.segments, var[e].segment + (var[e].normalised ? 2 : 1));
    }
}

// Whether the equation of `mine`, alone the operation `own`, may be one more part of the operation f; then f becomes that of both. On a
// grid each part gathers its own sources, so that they must be the same. Between dense units a variable lies in the operand of one product:
// parts that share one share the product, and have no weights where they do not read.
constexpr bool joins(operation& f, const operation& own, part& mine, way wired) {
    bool equal = f.input == own.input && f.from.size == own.from.size;
    for (int j = 0; equal && j < f.from.size; ++j)
        equal = f.from[j] == own.from[j] && (wired == way::dense || f.from[j].negative == own.from[j].negative);
    if (equal || wired == way::grid) return equal;
    bool shares = false;
    int size = f.from.size;
    for (int k = 0; k < own.from.size; ++k) {
        if (own.find(own.from[k]) != k || own.from[k].previous != f.previous()) return false;
        if (f.find(own.from[k]) >= 0)
            shares = true;
        else
            ++size;
    }
    if (!shares || size > max_sources) return false;
    for (int k = 0; k < own.from.size; ++k) {
        if (f.find(own.from[k]) < 0) f.from.push(own.from[k]);
        mine.reads[k].source = f.find(own.from[k]);
    }
    f.input = f.input || own.input;
    return true;
}

/// `read_elsewhere`: other areas read the output of dense units, and add to its adjoint. That of an area on a grid they always may.
template <int E>
constexpr plan<E> make_plan(const equation_list<E>& eqs, way wired = way::dense, bool read_elsewhere = false) {
    plan<E> p;
    const int n = eqs.size;
    auto fail = [&](flaw f, int e, int s) {
        if (p.error == flaw::none) p.error = f, p.where = e, p.culprit = s;
    };
    auto index = [&](tag_identity v) {
        for (int e = 0; e < n; ++e)
            if (eqs[e].variable == v) return e;
        return -1;
    };
    auto intern = [](auto& l, tag_identity x) {
        int i = l.find(x);
        if (i < 0) l.push(x), i = l.size - 1;
        return i;
    };

    // Names become numbers; order, spelling and shape are checked.
    for (int e = 0; e < n; ++e) {
        const equation& q = eqs[e];
        variable v;
        v.shape = intern(p.shapes, q.shape);
        v.weighted = q.from.size > 0;
        v.normalised = q.normalised;
        for (int k = 0; k <= max_arguments; ++k) v.needs[k] = q.needs[k];
        if (q.error != flaw::none) fail(q.error, e, e);
        if (q.gathers != gathering::none && e + 1 == n) fail(flaw::misplaced_sum, e, e);
        if (index(q.variable) != e) fail(flaw::twice, e, e);
        for (const leaf& r : q.from) {
            if (r.kind == leaf_kind::input) {
                if (!p.signals.empty() && p.signals != r.what) fail(flaw::second_input, e, e);
                p.signals = r.what;
                continue;
            }
            const int s = index(r.what);
            if (s < 0)
                fail(flaw::unknown_variable, e, e);
            else if (s >= e && r.kind == leaf_kind::now)
                fail(flaw::read_too_early, e, s);
            else if (eqs[s].normalised)
                fail(flaw::normalised_source, e, s);
            p.recurrent = p.recurrent || r.kind == leaf_kind::previous;
        }
        for (const leaf& r : q.with) {
            if (r.kind == leaf_kind::noise) {
                if (p.noisy() >= 0) fail(flaw::second_noise, e, p.noisy());
                v.noisy = true, v.with.push({r.kind, -1});
            } else if (r.kind == leaf_kind::kept)
                v.dropped = true, v.keep = q.keep, v.with.push({r.kind, -1});
            else if (r.kind == leaf_kind::trainable) {
                const int k = intern(p.trainables, r.what);
                p.trainable_shape[k] = v.shape;
                v.with.push({r.kind, k});
            } else if (r.kind == leaf_kind::input)
                fail(flaw::bare_input, e, e);
            else if (r.kind == leaf_kind::coefficient)
                v.with.push({r.kind, intern(p.coefficients, r.what)});
            else {
                const int s = index(r.what);
                if (s < 0)
                    fail(flaw::unknown_variable, e, e);
                else if (s >= e && r.kind == leaf_kind::now)
                    fail(flaw::read_too_early, e, s);
                else if (eqs[s].shape != q.shape)
                    fail(flaw::different_shape, e, s);
                else if (eqs[s].normalised && q.gathers != gathering::none)
                    fail(flaw::normalised_source, e, s);
                v.with.push({r.kind, s});
                p.recurrent = p.recurrent || r.kind == leaf_kind::previous;
            }
        }
        p.variables.push(v);
    }
    if (n > 0 && eqs[n - 1].normalised) fail(flaw::normalised_source, n - 1, n - 1);  // others read it, through weights
    if (p.error != flaw::none) return p;
    auto& var = p.variables;
    find_segments(p, eqs, index);

    for (const equation& q : eqs)
        for (const leaf& r : q.from) p.feeds_back = p.feeds_back || (r.kind == leaf_kind::previous && index(r.what) == p.output());
    if (!p.feeds_back && wired == way::dense) {  // the readout has a product of its own, with all that others bring
        operation o;
        o.weighted = o.input = true;
        o.from.push({p.output(), true});
        p.operations.push(o);
    }

    // Equations with the same sources share one stacked product; a rule runs in the part where its last argument appears.
    fixed_list<int, E> in_order;  // of the segments, and in each as written
    for (int segment = 0; segment < p.segments; ++segment)
        for (int e = 0; e < n; ++e)
            if (var[e].segment == segment) in_order.push(e);
    for (const int e : in_order) {
        variable& v = var[e];
        const int segment = v.segment;
        if (v.weighted) {
            operation o;
            o.weighted = true;
            o.segment = segment;
            part mine;
            mine.target = e;
            mine.shape = v.shape;
            int ready = 0;  // the first operation that may use what this equation reads
            for (const leaf& r : eqs[e].from) {
                if (r.kind == leaf_kind::input) {
                    o.input = true, mine.input = mine.input != 0 ? 2 : r.negative ? -1 : 1;
                    continue;
                }
                const int s = index(r.what);
                mine.reads.push({o.from.size, r.negative});
                o.from.push({s, r.kind == leaf_kind::previous, r.negative});
                if (r.kind == leaf_kind::now && var[s].operation + 1 > ready) ready = var[s].operation + 1;
            }
            for (int k = ready; k < p.operations.size && v.product == -1; ++k)
                if (p.operations[k].weighted && p.operations[k].segment == segment && joins(p.operations[k], o, mine, wired)) v.product = k;
            if (v.product == -1) p.operations.push(o), v.product = p.operations.size - 1;
            auto& parts = p.operations[v.product].parts;
            parts.push(mine);
            v.section = parts.size - 1;
        }
        if (eqs[e].gathers != gathering::none) {  // between passes over the units
            operation o;
            o.segment = segment;
            o.gathers = eqs[e].gathers;
            for (int k = 0; k < 3; ++k) o.roles[k] = eqs[e].roles[k];
            o.decay = eqs[e].decay;
            p.looks_back = p.looks_back || looks_back(o.gathers);
            part mine;
            mine.shape = v.shape;
            mine.run.push(e);
            o.parts.push(mine);
            p.operations.push(o);
            v.operation = p.operations.size - 1;
            v.part = 0;
            continue;
        }
        v.operation = v.product;
        v.part = v.section;
        for (const argument& a : v.with)
            if (a.kind == leaf_kind::now) {
                const variable& s = var[a.index];
                if (s.operation > v.operation || (s.operation == v.operation && s.part > v.part))
                    v.operation = s.operation, v.part = s.part;
            }
        if (v.operation >= 0 && p.operations[v.operation].gathers != gathering::none) {
            const int last = p.operations.size - 1;  // a pass behind it serves as well
            v.operation = last > v.operation && p.operations[last].gathers == gathering::none ? last : -1;
            v.part = v.operation < 0 ? 0 : p.operations[last].parts.size - 1;
        }
        if (v.operation < 0 || p.operations[v.operation].segment != segment) {
            operation o;
            o.segment = segment;
            part mine;
            mine.shape = v.shape;
            o.parts.push(mine);
            p.operations.push(o);
            v.operation = p.operations.size - 1;
            v.part = 0;
        }
        p.operations[v.operation].parts[v.part].run.push(e);
    }
    for (int o = 0; o < p.operations.size; ++o)
        for (const source& s : p.operations[o].from)
            if (s.previous && s.variable == p.output()) p.main = o;

    // What memory holds.
    for (int o = 0; o < p.operations.size; ++o)
        for (const source& s : p.operations[o].from) {
            variable& v = var[s.variable];
            v.stored = v.traced = v.adjoint = true;
            if (v.operand < 0) v.operand = o;
            if (s.previous) v.read_before = true;
        }
    for (int e = 0; e < n; ++e) {
        variable& v = var[e];
        unsigned all = 0;
        for (unsigned k : v.needs) all |= k;
        if (v.weighted && !(v.operation == v.product && v.part == v.section)) v.input_stored = true;
        if (all & 1u && v.weighted) v.input_stored = true;
        if (all & result_bit) v.stored = v.traced = true;
        if (all & sign_bit) v.stored = v.sign_kept = true;
        if (v.normalised) v.stored = v.traced = v.adjoint = true;
        for (int k = 0; k < v.with.size; ++k) {
            argument& a = v.with[k];
            if (a.kind != leaf_kind::now && a.kind != leaf_kind::previous) continue;
            variable& s = var[a.index];
            a.local = a.kind == leaf_kind::now && s.operation == v.operation && s.part == v.part;
            if (a.kind == leaf_kind::previous) s.read_before = true;
            if (!a.local) s.stored = s.adjoint = true;
            if (all & (2u << k) || looks_back(eqs[e].gathers)) s.stored = s.traced = true;
        }
    }
    for (int e = 0; e < n; ++e) {  // a byte does where nobody else asks memory for the variable
        variable& v = var[e];
        if (v.sign_kept && (wired == way::dense || v.adjoint || v.noisy || e == p.output())) v.traced = true;
        v.sign_kept = v.sign_kept && !v.traced;
    }
    if (wired == way::grid) {
        variable& out = var[p.output()];
        out.stored = out.traced = out.adjoint = true;
        // An adjoint is short-lived where nobody behind a barrier, in another step or through weights reads the variable.
        for (int e = 0; e < n; ++e) var[e].short_lived = var[e].adjoint && !var[e].normalised && e != p.output();
        for (int o = 0; o < p.operations.size; ++o)
            for (const source& s : p.operations[o].from) var[s.variable].short_lived = false;
        const auto reads = [](const argument& a) { return !a.local && (a.kind == leaf_kind::now || a.kind == leaf_kind::previous); };
        for (int e = 0; e < n; ++e)
            for (const argument& a : var[e].with)
                if (reads(a) && (a.kind == leaf_kind::previous || var[a.index].segment != var[e].segment)) var[a.index].short_lived = false;
        for (int e = 0; e < n; ++e) var[e].cleared = var[e].adjoint && !var[e].short_lived;
        bool seen[static_cast<unsigned>(E) + 1]{};  // all other adjoints are 0 when the first one adds to them
        for (int o = p.operations.size - 1; o >= 0; --o)
            for (int q = p.operations[o].parts.size - 1; q >= 0; --q)
                for (int r = p.operations[o].parts[q].run.size - 1; r >= 0; --r)
                    for (argument& a : var[p.operations[o].parts[q].run[r]].with)
                        if (reads(a) && var[a.index].short_lived) a.first = !seen[a.index], seen[a.index] = true;
        return p;  // the rest is about operands in which sources lie, values at step 0, and noise
    }

    for (int e = 0; e < n; ++e) {
        variable& v = var[e];
        bool follows = !v.weighted && !v.noisy && !v.dropped && eqs[e].gathers == gathering::none;
        for (const argument& a : v.with) follows = follows && a.kind != leaf_kind::previous;
        for (const argument& a : v.with)
            if (a.kind == leaf_kind::now && !var[a.index].read_before) follows = false;
        v.computed_at_start = v.read_before && follows;
    }

    for (int e = 0; e < n; ++e) {
        if (!var[e].noisy) continue;
        var[e].noise_home = e;
        for (int r : p.operations[var[e].operation].parts[var[e].part].run)
            if (r >= e && var[r].traced) {
                var[e].noise_home = r;
                break;
            }
        var[e].stored = true;
        var[var[e].noise_home].keeps_noise = true;
    }

    // The backward product of the main operation brings the adjoint of its sources; the part that hosts one of them takes it in registers
    // if it is the first to run in reverse order.
    const int last = p.operations.size - 1;
    const part& final_part = p.operations[last].parts[p.operations[last].parts.size - 1];
    if (p.main >= 0 && p.operations[p.main].from.size == 1) {
        const int s = p.operations[p.main].from[0].variable;
        var[s].arrives = final_part.run.size > 0 && var[s].operation == last && var[s].part == p.operations[last].parts.size - 1;
        if (var[s].arrives) {
            bool elsewhere = false;  // somebody else's adjoint for it still goes through memory
            for (int e = 0; e < n; ++e)
                for (const argument& a : var[e].with)
                    if (a.index == s && !a.local && (a.kind == leaf_kind::now || a.kind == leaf_kind::previous)) elsewhere = true;
            for (int o = 0; o < p.operations.size; ++o)
                for (const source& f : p.operations[o].from)
                    if (f.variable == s && o != p.main) elsewhere = true;
            var[s].adjoint = elsewhere;
        }
    }

    // Who is the first to touch an adjoint in memory. Order: readers at the next step, products of the next step, then this step in
    // reverse, where the product of an operation follows its own parts.
    bool seen[static_cast<unsigned>(E) + 1]{};
    if (read_elsewhere) seen[p.output()] = var[p.output()].adjoint = var[p.output()].cleared = true;
    for (int e = 0; e < n; ++e)
        for (const argument& a : var[e].with)  // every later step adds to it
            if (looks_back(eqs[e].gathers) && a.kind == leaf_kind::previous)
                seen[a.index] = var[a.index].adjoint = var[a.index].cleared = true;
    auto touch = [&](int v) {
        const bool first = !seen[v];
        seen[v] = true;
        return first;
    };
    for (int pass = 0; pass < 2; ++pass) {
        for (int o = last; o >= 0; --o) {
            for (int q = p.operations[o].parts.size - 1; q >= 0; --q) {
                auto& run = p.operations[o].parts[q].run;
                for (int r = run.size - 1; r >= 0; --r)
                    for (argument& a : var[run[r]].with)
                        if (!a.local && a.kind == (pass == 0 ? leaf_kind::previous : leaf_kind::now)) a.first = touch(a.index);
            }
            for (source& s : p.operations[o].from)
                if (pass == 1 && !s.previous) s.first = touch(s.variable);
        }
        for (int o = 0; pass == 0 && o <= last; ++o)
            for (source& s : p.operations[o].from)
                if (s.previous && !(o == p.main && var[s.variable].arrives)) s.first = touch(s.variable);
    }
    return p;
}

}  // namespace EIRNN_NAMESPACE::equations
