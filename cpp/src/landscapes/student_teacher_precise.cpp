#include "saddlesim/landscapes/student_teacher_precise.hpp"

namespace saddlesim {

namespace {

// sum_a u(a) v(a)
template <class U, class V>
Twofold inner(int d, U u, V v) {
  Twofold sum = 0.0;
  for (int a = 0; a < d; ++a) sum = sum + exact_product(u(a), v(a));
  return sum;
}

// |w| |v| m(c) from lengths and inner product; 0 where a vector is.
Twofold overlap(const Twofold& inner, const Twofold& w, const Twofold& v) {
  const Twofold lengths = w * v, right(0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54);
  const WideMask there = lengths.high > Doubles(0.0);
  const Twofold signed_c = select(there, inner / select(there, lengths, Twofold(1.0)), Twofold(0.0));
  const Twofold c = select(signed_c.high < Doubles(0.0), -signed_c, signed_c);
  const Twofold s2 = Twofold(1.0) - c * c;
  const Twofold s = sqrt(select(s2.high > Doubles(0.0), s2, Twofold(0.0)));
  // An error of s^2 near s = 0 hardly matters: in m its effects through s and through the arcsine cancel.
  const WideMask flat = c < s;
  const Twofold part = atan(select(flat, c, s) / select(flat, s, c));
  const Twofold arcsine = select(flat, part, right - part);
  return lengths * (s + c * arcsine - Twofold(1.0));
}

}  // namespace

PreciseStudentTeacher::PreciseStudentTeacher(const double* teacher, int k, int d, int students)
    : n_(students), k_(k), d_(d), teacher_(teacher, teacher + static_cast<std::ptrdiff_t>(k) * d), own_overlap_(0.0) {
  const auto row = [&](int j) { return [&, j](int a) { return Doubles(teacher[j * d + a]); }; };
  for (int j = 0; j < k; ++j) {
    lengths_.push_back(sqrt(inner(d, row(j), row(j))));
    for (int i = 0; i <= j; ++i) {
      const Twofold o = overlap(inner(d, row(i), row(j)), lengths_[static_cast<std::size_t>(i)], lengths_.back());
      own_overlap_ = own_overlap_ + (i == j ? o : o + o);
    }
  }
}

Lanes PreciseStudentTeacher::value(const Lanes* x, Lanes* scratch) const {
  const auto student = [&](int i) { return [&, i](int a) { return widen(x[i * d_ + a]); }; };
  const auto teacher = [&](int j) {
    return [&, j](int a) { return Doubles(teacher_[static_cast<std::size_t>(j * d_ + a)]); };
  };
  Doubles* const parts = reinterpret_cast<Doubles*>(scratch);  // of the students' lengths
  const auto length = [&](int i) { return Twofold(parts[2 * i], parts[2 * i + 1]); };
  Twofold overlaps = own_overlap_, lengths = 0.0, distance2 = 0.0;
  for (int i = 0; i < n_; ++i) {
    const Twofold own = sqrt(inner(d_, student(i), student(i)));
    parts[2 * i] = own.high;
    parts[2 * i + 1] = own.low;
    lengths = lengths + own;
    for (int j = 0; j <= i; ++j) {
      const Twofold o = overlap(inner(d_, student(i), student(j)), own, length(j));
      overlaps = overlaps + (i == j ? o : o + o);
    }
    for (int j = 0; j < k_; ++j) {
      const Twofold o = overlap(inner(d_, student(i), teacher(j)), own, lengths_[static_cast<std::size_t>(j)]);
      overlaps = overlaps - (o + o);
    }
  }
  for (int j = 0; j < k_; ++j) lengths = lengths - lengths_[static_cast<std::size_t>(j)];
  for (int a = 0; a < d_; ++a) {
    Twofold along = 0.0;
    for (int i = 0; i < n_; ++i) along = along + Twofold(student(i)(a));
    for (int j = 0; j < k_; ++j) along = along - Twofold(teacher(j)(a));
    distance2 = distance2 + along * along;
  }
  const Twofold inverse_4pi(0x1.45f306dc9c883p-4, -0x1.6b01ec5417056p-58);
  const Twofold f = distance2 * Twofold(0.125) + (lengths * lengths + overlaps) * inverse_4pi;
  return to_lanes(max(f.high, Doubles(0.0)));  // at a zero of f itself only rounding is left
}

}  // namespace saddlesim
