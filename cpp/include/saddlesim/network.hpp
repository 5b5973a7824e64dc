// What networks on samples have in common: outputs, and the Jacobian of the outputs, layer by layer.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace saddlesim {

// The Jacobian in the weights W (a x b) of one layer: d u_io / d W_pq = backward(i * outputs + o, p) forward(i, q) for
// output o on sample i.
struct LayerJacobian {
  int units, inputs;             // a and b
  std::vector<double> forward;   // samples x inputs
  std::vector<double> backward;  // (samples * outputs) x units
};

// A landscape that is a loss of outputs on samples.
class Network {
 public:
  virtual ~Network() = default;
  virtual int samples() const = 0;
  virtual int outputs() const { return 1; }  // for each sample
  // The outputs at one point: samples() x outputs() numbers, row by row.
  virtual void predict(const double* x, double* predictions) const = 0;
  // In the order of the layers' weights in x, where each has its weights row by row; together all coordinates of x.
  virtual std::vector<LayerJacobian> jacobian(const double* x) const = 0;
};

// The Jacobian J at one point written out, a row for each output of each sample in the order of `predict`.
void write_jacobian(const Network& network, const double* x, double* jacobian);

// J J', exactly symmetric; its bits do not depend on the number of threads. `poll` is called some twenty times a second on
// the calling thread and answers false to stop; answers whether it got to the end.
bool write_gram(const Network& network, const double* x, int threads, const std::function<bool(std::uint64_t)>& poll,
                double* gram);

}  // namespace saddlesim
