// Coordinates in which a landscape is cheap: matrices U are held as Q'U for an orthogonal Q.
//
// A landscape that does not change under U -> Q'U, but for its data, may be run in the frame in which those are diagonal.
// Gradient descent, isotropic noise and distances know nothing of the frame.
#pragma once

#include <utility>
#include <vector>

#include "saddlesim/initial.hpp"

namespace saddlesim {

class Frame {
 public:
  // Of matrices with `columns` columns; q is size x size, row by row.
  Frame(const double* q, int size, int columns)
      : size_(size), columns_(columns), forward_(transposed(q, size)), back_(q, q + size * size) {}

  int dim() const { return size_ * columns_; }
  void enter(const double* x, double* y) const { multiply(back_, x, y); }     // y = Q'x
  void leave(const double* y, double* x) const { multiply(forward_, y, x); }  // x = Q y

 private:
  static std::vector<double> transposed(const double* q, int size);
  // The matrix comes by columns, so that a sum for each of several rows is taken at once.
  void multiply(const std::vector<double>& columns, const double* from, double* to) const;

  int size_, columns_;
  std::vector<double> forward_, back_;  // Q and Q' by columns
};

// The starts of another law, taken into a frame.
class FramedInitial final : public Initial {
 public:
  FramedInitial(std::shared_ptr<const Initial> initial, Frame frame)
      : initial_(std::move(initial)), frame_(std::move(frame)) {}
  void sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const override;

 private:
  std::shared_ptr<const Initial> initial_;
  Frame frame_;
};

}  // namespace saddlesim
