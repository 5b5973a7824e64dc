// The population loss of a ReLU network that learns another one, for Gaussian inputs (Safran and Shamir 2018):
// F(W) = 1/2 E (sum_i [w_i x]_+ - sum_j [v_j x]_+)^2; x is W, students x d, row by row.
//
// In closed form F is a sum over pairs of kappa(w, v) = |w| |v| / (2 pi) (sin t + (pi - t) cos t), t their angle. The
// gradient is (A - B V) where A and B hold (pi - t) / (2 pi) for pairs of students and of student and teacher, beside a
// multiple of each student's own direction: Gram matrices, some thirty operations a pair, and products again.
#pragma once

#include <vector>

#include "saddlesim/landscape.hpp"
#include "saddlesim/landscapes/student_teacher_precise.hpp"
#include "saddlesim/shared_matrix.hpp"

namespace saddlesim {

class StudentTeacher final : public Landscape {
 public:
  // `teacher` is k x d, no row zero.
  StudentTeacher(const double* teacher, int k, int d, int students);

  Lanes value(const Lanes* x, Lanes* scratch) const override;
  Notice gradient(const Lanes* x, Lanes* gradient, Lanes* scratch, Estimate* value) const override;
  void hvp(const Lanes* x, const Lanes* v, Lanes* product, Lanes* scratch) const override;
  int scratch_rows() const override;

 private:
  struct Units;  // lengths and directions of the students, and cosines of all angles
  Units units(const Lanes* x, Lanes* scratch) const;
  template <class Student, class Teacher>
  Lanes sum_pairs(const Units& u, Student student, Teacher teacher) const;
  Lanes largest_value(const Units& u) const;

  int k_, d_, n_;
  std::vector<Real> directions_, lengths_;  // of the teacher's rows
  SharedMatrix teacher_transposed_, directions_rows_, directions_transposed_;
  double constant_;      // 1/2 of the sum over pairs of teachers
  double total_length_;  // of the teacher's rows
  PreciseStudentTeacher precise_;
};

}  // namespace saddlesim
