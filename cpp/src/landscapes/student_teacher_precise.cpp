#include "saddlesim/landscapes/student_teacher_precise.hpp"

namespace saddlesim {

namespace {

// What the two types that Precise may be have to tell apart.
#if defined(SADDLESIM_SINGLE)
Precise product(const Doubles& a, const Doubles& b) { return a * b; }
Precise sum_of(double high, double low) { return high + low; }
const Doubles& leading(const Precise& a) { return a; }
#else
Precise product(const Doubles& a, const Doubles& b) { return exact_product(a, b); }
Precise sum_of(double high, double low) { return {high, low}; }
const Doubles& leading(const Precise& a) { return a.high; }
#endif

// sum_a u(a) v(a)
template <class U, class V>
Precise inner(int d, U u, V v) {
  Precise sum = 0.0;
  for (int a = 0; a < d; ++a) sum = sum + product(u(a), v(a));
  return sum;
}

// |w| |v| m(c) from lengths and inner product; 0 where a vector is.
Precise overlap(const Precise& inner, const Precise& w, const Precise& v) {
  const Precise lengths = w * v, right = sum_of(0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54);
  const WideMask there = leading(lengths) > Doubles(0.0);
  const Precise signed_c = select(there, inner / select(there, lengths, Precise(1.0)), Precise(0.0));
  const Precise c = select(leading(signed_c) < Doubles(0.0), -signed_c, signed_c);
  const Precise s2 = Precise(1.0) - c * c;
  const Precise s = sqrt(select(leading(s2) > Doubles(0.0), s2, Precise(0.0)));
  // An error of s^2 near s = 0 hardly matters: in m its effects through s and through the arcsine cancel.
  const WideMask flat = c < s;
  const Precise part = atan(select(flat, c, s) / select(flat, s, c));
  const Precise arcsine = select(flat, part, right - part);
  return lengths * (s + c * arcsine - Precise(1.0));
}

}  // namespace

PreciseStudentTeacher::PreciseStudentTeacher(const double* teacher, int k, int d, int students)
    : n_(students), k_(k), d_(d), teacher_(teacher, teacher + static_cast<std::ptrdiff_t>(k) * d), own_overlap_(0.0) {
  const auto row = [&](int j) { return [&, j](int a) { return Doubles(teacher[j * d + a]); }; };
  for (int j = 0; j < k; ++j) {
    lengths_.push_back(sqrt(inner(d, row(j), row(j))));
    for (int i = 0; i <= j; ++i) {
      const Precise o = overlap(inner(d, row(i), row(j)), lengths_[static_cast<std::size_t>(i)], lengths_.back());
      own_overlap_ = own_overlap_ + (i == j ? o : o + o);
    }
  }
}

Lanes PreciseStudentTeacher::value(const Lanes* x, Lanes* scratch) const {
  const auto student = [&](int i) { return [&, i](int a) { return widen(x[i * d_ + a]); }; };
  const auto teacher = [&](int j) {
    return [&, j](int a) { return Doubles(teacher_[static_cast<std::size_t>(j * d_ + a)]); };
  };
  Precise* const students = reinterpret_cast<Precise*>(scratch);  // their lengths
  Precise overlaps = own_overlap_, lengths = 0.0, distance2 = 0.0;
  for (int i = 0; i < n_; ++i) {
    const Precise own = sqrt(inner(d_, student(i), student(i)));
    students[i] = own;
    lengths = lengths + own;
    for (int j = 0; j <= i; ++j) {
      const Precise o = overlap(inner(d_, student(i), student(j)), own, students[j]);
      overlaps = overlaps + (i == j ? o : o + o);
    }
    for (int j = 0; j < k_; ++j) {
      const Precise o = overlap(inner(d_, student(i), teacher(j)), own, lengths_[static_cast<std::size_t>(j)]);
      overlaps = overlaps - (o + o);
    }
  }
  for (int j = 0; j < k_; ++j) lengths = lengths - lengths_[static_cast<std::size_t>(j)];
  for (int a = 0; a < d_; ++a) {
    Precise along = 0.0;
    for (int i = 0; i < n_; ++i) along = along + Precise(student(i)(a));
    for (int j = 0; j < k_; ++j) along = along - Precise(teacher(j)(a));
    distance2 = distance2 + along * along;
  }
  const Precise inverse_4pi = sum_of(0x1.45f306dc9c883p-4, -0x1.6b01ec5417056p-58);
  const Precise f = distance2 * Precise(0.125) + (lengths * lengths + overlaps) * inverse_4pi;
  return to_lanes(max(leading(f), Doubles(0.0)));  // at a zero of f itself only rounding is left
}

}  // namespace saddlesim
