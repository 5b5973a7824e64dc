// All coordinates go linearly but for two in a connecting region, and those two go by themselves: nothing else depends on
// them. So every trajectory has a timetable. When its escaping coordinate will have come near a connecting region is
// known in advance, as a lower bound; from there on its path to the next stage is computed alone, in advance too. In
// between all coordinates of all lanes take linear steps in registers, those two also, whose numbers are then replaced.
#include "octopus_descent.hpp"

#include <array>
#include <bit>
#include <cmath>

#include "linear_rows.hpp"

namespace saddlesim {

namespace {

constexpr double kSmallestNormal = 0x1p-1022;

// Sets one lane of a row without a store that a load of whole registers would have to wait for.
SADDLESIM_INLINE void put(Lanes& row, int lane, double a) {
  native::f64& part = row.part[lane / native::kWidth];
  part = native::select(native::from_bits<sizeof(double)>(1U << (lane % native::kWidth)), native::splat(a), part);
}

constexpr std::uint32_t kNever = ~std::uint32_t{0};

// A number for each lane, of which the least is wanted again and again. Kept in whole registers for the reason above.
class Keys {
 public:
  Keys() {
    for (auto& part : part_) part = splat(kNever);
  }
  SADDLESIM_INLINE void put(int lane, std::uint32_t key) {
    const auto numbers = native::each<native::u32>([](unsigned i) { return std::uint32_t{i}; });
    const native::u32 is_lane = (native::u32)(numbers == splat(static_cast<std::uint32_t>(lane % kWidth)));
    native::u32& part = part_[lane / kWidth];
    part = (part & ~is_lane) | (splat(key) & is_lane);
  }
  SADDLESIM_INLINE std::uint32_t least() const {
    native::u32 least = part_[0];
    for (int i = 1; i < kCount; ++i) least = least < part_[i] ? least : part_[i];
    std::uint32_t result = least[0];
    for (int i = 1; i < kWidth; ++i) result = std::min(result, least[i]);
    return result;
  }
  void advance(std::uint32_t by) {
    for (auto& part : part_) part = part == splat(kNever) ? part : part - splat(by);
  }

 private:
  static constexpr int kWidth = 2 * native::kWidth, kCount = kLanes / kWidth;
  SADDLESIM_INLINE static native::u32 splat(std::uint32_t a) { return a + native::u32{}; }

  native::u32 part_[kCount];
};

// How many steps a grows by the factor 1 + rate and surely stays at most `level`.
class Growth {
 public:
  Growth(double rate, double level)
      : steps_per_doubling_((1.0 - 0x1p-20) / std::log2(1.0 + rate)), level_(bits(level)) {}

  std::uint32_t steps(double a) const {
    // The bits of a number are its logarithm, but for an error below 0.0861 octaves.
    const double octaves = static_cast<double>(level_ - bits(a)) * 0x1p-52 - 0.0862;
    return static_cast<std::uint32_t>(std::min(std::max(octaves * steps_per_doubling_, 0.0), 0x1p20));
  }

 private:
  static std::int64_t bits(double a) { return std::bit_cast<std::int64_t>(a); }

  double steps_per_doubling_;
  std::int64_t level_;
};

template <class Criterion, bool kExact>
class OctopusDescent final : public Stretch {
 public:
  OctopusDescent(const Octopus& octopus, const GradientDescent& method, const Criterion& escape)
      : octopus_(octopus),
        escape_(escape),
        dim_(octopus.dim()),
        eta_(-method.step_size()),
        slope_(2.0 * octopus.L()),
        escape_slope_(-2.0 * octopus.gamma()),
        tau_(octopus.tau()),
        growth_(eta_ * escape_slope_, tau_),
        centers_(dim_),
        factors_(dim_) {}

  std::uint64_t advance(Flight& flight, LaneSet active, std::uint64_t most) override {
    if (pause_ > 0) return --pause_, 0;
    x_ = flight.x;
    const LaneSet known = active_ & to_bits(flight.trajectory == trajectory_) & to_bits(flight.step == step_);
    for_lanes(active_ & ~active, [&](int lane) { leave_out(lane); });
    for_lanes(active & ~known, [&](int lane) { begin(lane); });
    active_ = active;

    const std::uint32_t end = static_cast<std::uint32_t>(std::min<std::uint64_t>(most, kFarthest));
    std::uint32_t now = 0;
    for (;;) {
      const std::uint32_t next = keys_.least();
      const std::uint32_t time = std::min(next >> kLaneBits, end);
      if (time != now) step_rows<kExact>(dim_, x_, centers_.data(), factors_.data(), eta_, time - now);
      now = time;
      if (now == end) break;
      const int lane = static_cast<int>(next % kLanes);
      if (next_[at(lane)] == Next::engine) break;
      meet(lane, now);
    }
    conclude(flight, now);
    return now;
  }

 private:
  // What a lane's timetable says.
  enum class Next : std::uint8_t {
    approach,  // the escaping coordinate may be near a connecting region
    arrive,    // the path that was computed in advance has ended
    minimum,   // all coordinates have left, and the criterion has not been looked for farther ahead
    engine     // the engine must see this point
  };
  struct Pair {
    double escaping, next;  // the escaping coordinate and the one after it
  };
  static constexpr int kPath = 16;                      // points of a path that is computed in advance
  static constexpr std::uint32_t kFarthest = 1U << 20;  // steps at once
  static constexpr int kLaneBits = 4;
  static_assert(kLanes == 1 << kLaneBits);

  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  double factor(double slope) const { return kExact ? eta_ * slope : slope; }

  void schedule(int lane, Next next, std::uint32_t time) {
    next_[at(lane)] = next;
    keys_.put(lane, time << kLaneBits | static_cast<std::uint32_t>(lane));
  }

  void leave_out(int lane) {
    keys_.put(lane, kNever);
    walking_ &= ~(LaneSet{1} << lane);
    for (int j = 0; j < dim_; ++j) put(factors_[j], lane, 0.0);
  }

  // Finds out where a lane is.
  void begin(int lane) {
    walking_ &= ~(LaneSet{1} << lane);
    bool inside = true;
    for (int j = 0; j < dim_; ++j) put(centers_[j], lane, 0.0), put(factors_[j], lane, factor(slope_));
    int stage = 0;
    for (; stage < dim_ && std::fabs(x_[stage][lane]) > 2.0 * tau_; ++stage) inside = inside && leaves(lane, stage);
    for (int j = stage + 1; j < dim_; ++j) inside = inside && std::fabs(x_[j][lane]) <= tau_;
    stage_[at(lane)] = stage;
    if (!inside) return schedule(lane, Next::engine, 0);
    start_stage(lane, 0);
  }

  // Notes that coordinate j goes to its minimum from now on; false if it is outside the domain.
  bool leaves(int lane, int j) {
    const double x = x_[j][lane];
    put(centers_[j], lane, std::copysign(4.0 * tau_, x));
    put(factors_[j], lane, factor(slope_));
    return std::fabs(x) <= 6.0 * tau_;
  }

  void start_stage(int lane, std::uint32_t now) {
    const int stage = stage_[at(lane)];
    if (stage == dim_) return look_for_end(lane, now);
    put(factors_[stage], lane, factor(escape_slope_));
    approach(lane, now);
  }

  void meet(int lane, std::uint32_t now) {
    switch (next_[at(lane)]) {
      case Next::approach:
        return approach(lane, now);
      case Next::arrive:
        return arrive(lane, now);
      case Next::minimum:
        return look_for_end(lane, now);
      case Next::engine:
        return;
    }
  }

  void approach(int lane, std::uint32_t now) {
    const int stage = stage_[at(lane)];
    const bool last = stage + 1 == dim_;
    Pair p{x_[stage][lane], last ? 0.0 : x_[stage + 1][lane]};
    const std::uint32_t free = growth_.steps(std::fabs(p.escaping));
    if (free > 3 && std::fabs(p.escaping) >= kSmallestNormal) return schedule(lane, Next::approach, now + free);

    auto& path = paths_[at(lane)];
    std::uint32_t k = 0;
    Next next = Next::arrive;
    for (;; ++k) {
      path[k] = p;
      const double a = std::fabs(p.escaping), b = std::fabs(p.next);
      if (a > 2.0 * tau_ || k + 1 == kPath) break;
      const bool seen = !(a >= kSmallestNormal) || !(b <= tau_) || (a > tau_ && b < kSmallestNormal && b != 0.0) ||
                        (last && escape_.holds_at(p.escaping));
      const Pair before = p;
      step(p, a);
      if (seen || p.escaping == before.escaping) {
        next = Next::engine;
        break;
      }
    }
    walking_ |= LaneSet{1} << lane;
    set_out_[at(lane)] = static_cast<std::int32_t>(now);
    schedule(lane, next, now + k);
  }

  // One step of the two coordinates, as Octopus::gradient and GradientDescent take it.
  void step(Pair& p, double a) const {
    double slope = escape_slope_ * p.escaping, next_slope = slope_ * p.next;
    if (a > tau_) {
      const auto c = octopus_.connector(a);
      const double own = fma(c.g2_slope(), p.next * p.next, c.g1_slope());
      slope = p.escaping < 0.0 ? -own : own;
      next_slope = 2.0 * c.g2() * p.next;
    }
    p.escaping = fma(eta_, slope, p.escaping);
    p.next = fma(eta_, next_slope, p.next);
  }

  Pair walked(int lane, std::uint32_t now) const {
    return paths_[at(lane)][at(static_cast<std::int32_t>(now) - set_out_[at(lane)])];
  }

  void place(int lane, std::uint32_t now) {
    const int stage = stage_[at(lane)];
    const Pair p = walked(lane, now);
    put(x_[stage], lane, p.escaping);
    if (stage + 1 < dim_) put(x_[stage + 1], lane, p.next);
  }

  void arrive(int lane, std::uint32_t now) {
    place(lane, now);
    walking_ &= ~(LaneSet{1} << lane);
    int& stage = stage_[at(lane)];
    bool inside = true;
    for (; stage < dim_ && std::fabs(x_[stage][lane]) > 2.0 * tau_; ++stage) inside = inside && leaves(lane, stage);
    if (!inside) return schedule(lane, Next::engine, now);
    start_stage(lane, now);
  }

  // Looks for the first point at which the last coordinate satisfies the criterion, or does not move.
  void look_for_end(int lane, std::uint32_t now) {
    constexpr std::uint32_t kAhead = 64;
    double x = x_[dim_ - 1][lane];
    const double center = std::copysign(4.0 * tau_, x);
    for (std::uint32_t k = 0; k < kAhead; ++k) {
      const double after = fma(eta_, slope_ * (x - center), x);
      if (after == x || escape_.holds_at(x)) return schedule(lane, Next::engine, now + k);
      x = after;
    }
    schedule(lane, Next::minimum, now + kAhead);
  }

  // Leaves everything as a later call wants to find it.
  void conclude(const Flight& flight, std::uint32_t now) {
    for_lanes(walking_, [&](int lane) {
      place(lane, now);
      set_out_[at(lane)] -= static_cast<std::int32_t>(now);
    });
    keys_.advance(now << kLaneBits);
    trajectory_ = flight.trajectory;
    step_ = flight.step + Words(now);
    // Where the engine has to take step after step, asking at each whether it must would only cost time.
    futile_ = now > 0 ? 0 : std::min(futile_ + 1, 6);
    pause_ = futile_ > 2 ? 1 << futile_ : 0;
  }

  const Octopus& octopus_;
  const Criterion& escape_;
  int dim_;
  double eta_, slope_, escape_slope_, tau_;
  Growth growth_;
  Lanes* x_ = nullptr;
  Block centers_, factors_;  // of the linear steps

  Words trajectory_ = Words(0), step_ = Words(0);  // where the lanes were left
  LaneSet active_ = 0;
  LaneSet walking_ = 0;  // lanes on a path that was computed in advance
  Keys keys_;            // when each lane's next thing happens, and its number
  std::array<Next, kLanes> next_{};
  std::array<int, kLanes> stage_{};
  std::array<std::int32_t, kLanes> set_out_{};  // when its path began
  std::array<std::array<Pair, kPath>, kLanes> paths_{};
  int pause_ = 0, futile_ = 0;
};

bool moderate(double a) { return a > 0x1p-100 && a < 0x1p100; }

template <class Criterion>
std::unique_ptr<Stretch> make(const Octopus& octopus, const GradientDescent& method, const Criterion& escape) {
  const double slope = 2.0 * octopus.L(), escape_slope = 2.0 * octopus.gamma(), step = method.step_size();
  // Coordinates that wait come nearer to 0 and those that have left to their minimum; the one that escapes moves.
  const bool calm = step * slope <= 1.0 && step * escape_slope >= 0x1p-40;
  if (!calm || !moderate(slope) || !moderate(escape_slope) || !moderate(octopus.tau()) || !moderate(step))
    return nullptr;
  if (multiplies_exactly(slope) && multiplies_exactly(escape_slope))
    return std::make_unique<OctopusDescent<Criterion, true>>(octopus, method, escape);
  return std::make_unique<OctopusDescent<Criterion, false>>(octopus, method, escape);
}

}  // namespace

std::unique_ptr<Stretch> octopus_to_minimum(const Octopus& octopus, const GradientDescent& method,
                                            const NearMirroredPoint& escape) {
  if (!(escape.target() - escape.tolerance() > octopus.tau() * (1.0 + kRounding))) return nullptr;
  return make(octopus, method, escape);
}

std::unique_ptr<Stretch> octopus_past_saddles(const Octopus& octopus, const GradientDescent& method,
                                              const EveryCoordinateBeyond& escape) {
  if (!(escape.level() >= octopus.tau())) return nullptr;
  return make(octopus, method, escape);
}

}  // namespace saddlesim
