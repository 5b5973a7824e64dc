#include "saddlesim/landscapes/student_teacher.hpp"

#include <cmath>
#include <cstddef>

#include "saddlesim/elementary.hpp"

namespace saddlesim {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kFar = 0.75;  // cosines up to which the angle is computed from the cosine alone

// An angle t between two directions.
struct Angle {
  Lanes cosine, sine;
  Lanes rest;   // pi - t
  Lanes sign;   // 1 where the cosine is positive, else -1
  Lanes small;  // 1 - |cosine|, with all its digits
};

// From the cosine c; difference2(sign) is |u - sign v|^2 and is asked for only where some lane is nearly parallel, because
// a cosine near 1 has lost the digits of its angle. p = |u - v| and q = |u + v| are twice the sine and cosine of t / 2.
template <class Difference>
SADDLESIM_INLINE Angle angle(const Lanes& c, Difference difference2) {
  const Lanes sign = copysign(Lanes(1.0), c);
  Lanes near2 = fma(Lanes(-2.0), abs(c), Lanes(2.0));
  const Mask parallel = !(abs(c) <= Lanes(kFar));
  if (any(parallel)) near2 = select(parallel, difference2(sign), near2);
  const Lanes far2 = Lanes(4.0) - near2;
  const Lanes near = sqrt(near2), far = sqrt(far2);
  const Mask acute = sign > Lanes(0.0);
  const Lanes rest = Lanes(2.0) * atan_ratio(select(acute, far, near), select(acute, near, far));
  return {c, Lanes(0.5) * near * far, rest, sign, Lanes(0.5) * near2};
}

// The curvature of sin t + (pi - t) cos t lies in the plane of the two directions u and v. With e = v - c u, which is as
// long as sin t, these are what multiplies e and u in K d, K = s (c u u' + u e' + e u') - c / s e e', for a = u d and b = v d.
struct Plane {
  Lanes across, along;
  Lanes t;             // e d
  Lanes inverse_sine;  // 0 for parallel directions, whose plane part is 0
};
SADDLESIM_INLINE Plane plane(const Angle& w, const Lanes& a, const Lanes& b) {
  // b - c a without the digits that a nearly parallel pair would lose
  const Lanes t = fma(w.sign * w.small, a, b - w.sign * a);
  const Mask defined = w.sine > Lanes(0.0);
  const Lanes inverse = select(defined, Lanes(1.0) / select(defined, w.sine, Lanes(1.0)), Lanes(0.0));
  return {fma(w.sine, a, -w.cosine * inverse * t), w.sine * fma(w.cosine, a, t), t, inverse};
}

double kappa(const double* u, const double* v, int d) {
  double uu = 0.0, vv = 0.0;
  for (int k = 0; k < d; ++k) {
    uu = std::fma(u[k], u[k], uu);
    vv = std::fma(v[k], v[k], vv);
  }
  const double lu = std::sqrt(uu), lv = std::sqrt(vv);
  double p2 = 0.0, q2 = 0.0;
  for (int k = 0; k < d; ++k) {
    const double minus = u[k] / lu - v[k] / lv, plus = u[k] / lu + v[k] / lv;
    p2 = std::fma(minus, minus, p2);
    q2 = std::fma(plus, plus, q2);
  }
  const double rest = 2.0 * atan_ratio(Doubles(std::sqrt(q2)), Doubles(std::sqrt(p2)))[0];
  return lu * lv / (2.0 * kPi) * (0.5 * std::sqrt(p2 * q2) + rest * 0.25 * (q2 - p2));
}

}  // namespace

struct StudentTeacher::Units {
  LaneMatrix directions;           // n x d
  LaneMatrix among, with_teacher;  // cosines: n x n, n x k
  Lanes *lengths, *inverses;       // n
  Lanes* free;                     // the scratch beyond
  const Real* teacher;             // directions, k x d

  Angle student_pair(int i, int j) const {
    return angle(among(i, j),
                 [&](const Lanes& sign) { return difference2(i, [&](int k) { return sign * directions(j, k); }); });
  }
  Angle teacher_pair(int i, int j) const {
    const Real* row = teacher + std::ptrdiff_t{j} * directions.columns;
    return angle(with_teacher(i, j),
                 [&](const Lanes& sign) { return difference2(i, [&](int k) { return sign * Lanes(row[k]); }); });
  }
  template <class Other>
  Lanes difference2(int i, Other other) const {
    Lanes sum = 0.0;
    for (int k = 0; k < directions.columns; ++k) {
      const Lanes e = directions(i, k) - other(k);
      sum = fma(e, e, sum);
    }
    return sum;
  }
};

StudentTeacher::StudentTeacher(const double* teacher, int k, int d, int students)
    : Landscape(students * d),
      k_(k),
      d_(d),
      n_(students),
      constant_(0.0),
      total_length_(0.0),
      precise_(teacher, k, d, students) {
  for (int i = 0; i < k; ++i) {
    for (int j = 0; j < k; ++j)
      constant_ += 0.5 * kappa(teacher + std::ptrdiff_t{i} * d, teacher + std::ptrdiff_t{j} * d, d);
  }
  std::vector<double> directions(teacher, teacher + std::ptrdiff_t{k} * d), lengths;
  for (int i = 0; i < k; ++i) {
    double norm2 = 0.0;
    for (int j = 0; j < d; ++j) norm2 = std::fma(teacher[i * d + j], teacher[i * d + j], norm2);
    lengths.push_back(std::sqrt(norm2));
    total_length_ += lengths.back();
    for (int j = 0; j < d; ++j) directions[static_cast<std::size_t>(i * d + j)] /= lengths.back();
  }
  lengths_ = to_real(lengths);
  directions_ = to_real(directions);
  teacher_transposed_ = SharedMatrix::transposed(teacher, k, d);
  directions_rows_ = SharedMatrix(directions.data(), k, d);
  directions_transposed_ = SharedMatrix::transposed(directions.data(), k, d);
}

int StudentTeacher::scratch_rows() const { return n_ * (d_ + 2) + n_ * (n_ + k_) + 3 * n_ * n_ + 2 * n_ * k_ + n_; }

StudentTeacher::Units StudentTeacher::units(const Lanes* x, Lanes* scratch) const {
  const Units u{{scratch, n_, d_},
                {scratch + n_ * d_, n_, n_},
                {scratch + n_ * (d_ + n_), n_, k_},
                scratch + n_ * (d_ + n_ + k_),
                scratch + n_ * (d_ + n_ + k_ + 1),
                scratch + n_ * (d_ + n_ + k_ + 2),
                directions_.data()};
  for (int i = 0; i < n_; ++i) {
    const Lanes* w = x + i * d_;
    const Lanes norm2 = inner_product(w, w, d_);
    u.lengths[i] = sqrt(norm2);
    u.inverses[i] = Lanes(1.0) / u.lengths[i];
    for (int j = 0; j < d_; ++j) u.directions(i, j) = w[j] * u.inverses[i];
  }
  multiply_by_transpose(u.directions, u.among);
  directions_rows_.multiply(u.directions.transposed(), u.with_teacher.transposed());
  return u;
}

// f, directly; calls student(i, j, angle) for each pair of students and teacher(i, j, angle) for a student and a teacher.
template <class Student, class Teacher>
Lanes StudentTeacher::sum_pairs(const Units& u, Student student, Teacher teacher) const {
  Lanes sum = 0.0;
  for (int i = 0; i < n_; ++i) {
    sum = fma(Lanes(0.25) * u.lengths[i], u.lengths[i], sum);  // kappa(w, w) = |w|^2 / 2
    for (int j = 0; j < i; ++j) {
      const Angle w = u.student_pair(i, j);
      sum = fma(Lanes(0.5 / kPi) * u.lengths[i] * u.lengths[j], fma(w.rest, w.cosine, w.sine), sum);
      student(i, j, w);
    }
    for (int j = 0; j < k_; ++j) {
      const Angle w = u.teacher_pair(i, j);
      sum = fma(Lanes(-0.5 / kPi * lengths_[static_cast<std::size_t>(j)]) * u.lengths[i], fma(w.rest, w.cosine, w.sine),
                sum);
      teacher(i, j, w);
    }
  }
  return sum + Lanes(constant_);
}

Lanes StudentTeacher::value(const Lanes* x, Lanes* scratch) const {
  const Units u = units(x, scratch);
  const auto nothing = [](int, int, const Angle&) {};
  const Lanes value = sum_pairs(u, nothing, nothing);
  const Mask cancels = value < Lanes(0x1p-11) * largest_value(u);
  return any(cancels) ? select(cancels, precise_.value(x, u.free), value) : value;
}

// A bound on the sum of what is added and subtracted, since kappa(w, v) <= |w| |v| / 2.
Lanes StudentTeacher::largest_value(const Units& u) const {
  Lanes length = total_length_;
  for (int i = 0; i < n_; ++i) length = length + u.lengths[i];
  return Lanes(0.25) * length * length;
}

// grad_i = 1/(2 pi) (sum_j |w_j| sin - sum_j |v_j| sin) w_i / |w_i| + sum_j A_ij w_j - sum_j B_ij v_j
Notice StudentTeacher::gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const {
  const Units u = units(x, scratch);
  const Lanes scale = 0.5 / kPi;
  Lanes* own = u.free;
  for (int i = 0; i < n_; ++i) own[i] = 0.0;
  const Lanes f = sum_pairs(
      u,
      [&](int i, int j, const Angle& w) {
        own[i] = fma(u.lengths[j], w.sine, own[i]);
        own[j] = fma(u.lengths[i], w.sine, own[j]);
        u.among(i, j) = u.among(j, i) = scale * w.rest;
      },
      [&](int i, int j, const Angle& w) {
        own[i] = fma(Lanes(-lengths_[static_cast<std::size_t>(j)]), w.sine, own[i]);
        u.with_teacher(i, j) = scale * w.rest;
      });
  // what multiplies w_i itself: its own direction, and the angle 0 that it makes with itself
  for (int i = 0; i < n_; ++i) u.among(i, i) = fma(scale * own[i], u.inverses[i], Lanes(0.5));
  const LaneMatrix g(gradient, n_, d_);
  multiply(u.among, {x, n_, d_}, g);
  teacher_transposed_.multiply(u.with_teacher.transposed(), g.transposed(), Update::subtract);
  if (value) *value = {f, Lanes(kRounding) * largest_value(u)};
  return {0, 0};
}

// Row i: sum_j A_ij d_j, and from every pair its plane part: along the other direction, along w_i, and along d_i.
void StudentTeacher::hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const {
  const Units u = units(x, scratch);
  const ConstLaneMatrix d(v, n_, d_);
  const Lanes scale = 0.5 / kPi;
  Lanes* at = u.free;
  const auto take = [&](int rows, int columns) {
    const LaneMatrix m(at, rows, columns);
    at += rows * columns;
    return m;
  };
  const LaneMatrix dots = take(n_, n_), factors = take(n_, n_), rests = take(n_, n_);  // u_i d_j
  const LaneMatrix teacher_dots = take(n_, k_), teacher_factors = take(n_, k_);        // d_i v_j
  multiply(u.directions, d.transposed(), dots);
  directions_rows_.multiply(d.transposed(), teacher_dots.transposed());
  const LaneMatrix h(product, n_, d_);
  for (int i = 0; i < n_; ++i) {
    Lanes along = 0.0, own = 0.0;  // what multiplies the direction of w_i, and d_i
    const Lanes a = dots(i, i);
    for (int j = 0; j < n_; ++j) {
      if (j == i) continue;
      const Angle w = u.student_pair(i, j);
      // the mixed block, along d_j
      const Plane mixed = plane(w, dots(i, j), dots(j, j));
      // the second derivative in w_i, along d_i
      const Plane second = plane(w, a, dots(j, i));
      const Lanes ratio = u.lengths[j] * u.inverses[i];
      const Lanes across = fma(ratio * second.inverse_sine, second.t, mixed.across);
      factors(i, j) = scale * across;
      rests(i, j) = scale * w.rest;
      along = along + fma(-w.cosine, across, fma(-ratio * w.sine, a, mixed.along));
      own = fma(ratio, w.sine, own);
    }
    for (int j = 0; j < k_; ++j) {
      const Angle w = u.teacher_pair(i, j);
      const Plane second = plane(w, a, teacher_dots(i, j));
      const Lanes ratio = Lanes(-lengths_[static_cast<std::size_t>(j)]) * u.inverses[i];
      const Lanes across = ratio * second.inverse_sine * second.t;
      teacher_factors(i, j) = scale * across;
      along = along + fma(-w.cosine, across, -ratio * w.sine * a);
      own = fma(ratio, w.sine, own);
    }
    factors(i, i) = scale * along;
    rests(i, i) = fma(scale, own, Lanes(0.5));
  }
  sum_products({{rests, d}, {factors, u.directions}}, h);
  directions_transposed_.multiply(teacher_factors.transposed(), h.transposed(), Update::add);
}

}  // namespace saddlesim
