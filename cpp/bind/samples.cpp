// The raw samples of landscapes, and which of them minibatches are made of.
#include "saddlesim/samples.hpp"

#include <pybind11/stl.h>

#include "register.hpp"
#include "saddlesim/minibatch.hpp"
#include "saddlesim/samples/completion.hpp"
#include "saddlesim/samples/deep_linear.hpp"
#include "saddlesim/samples/quadratic_network.hpp"
#include "saddlesim/samples/relu.hpp"
#include "saddlesim/samples/sensing.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

namespace {

using Indices = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;

// The gradient of the minibatch which[i] at points[i], for every row i.
Array gradient(const Samples& samples, const Array& points, const Indices& which) {
  if (points.ndim() != 2 || which.ndim() != 2 || points.shape(1) != samples.dim() || points.shape(0) != which.shape(0))
    throw std::invalid_argument("points and which must have the shapes (n, dim) and (n, batch)");
  for (py::ssize_t k = 0; k < which.size(); ++k) {
    if (which.data()[k] < 0 || which.data()[k] >= samples.count()) throw std::invalid_argument("no such sample");
  }
  const py::ssize_t count = points.shape(0), batch = which.shape(1);
  Array out({count, points.shape(1)});
  Block x(samples.dim()), g(samples.dim()), scratch(samples.scratch_rows());
  for (py::ssize_t first = 0; first < count; first += kLanes) {
    const auto row = [&](int lane) { return std::min(first + lane, count - 1); };
    for (int lane = 0; lane < kLanes; ++lane) {
      for (int j = 0; j < samples.dim(); ++j) x[j].set(lane, points.at(row(lane), j));
    }
    samples.begin(x.data(), g.data(), scratch.data());
    for (py::ssize_t k = 0; k < batch; k += Samples::kTile) {
      Words tile[Samples::kTile];
      const int size = static_cast<int>(std::min<py::ssize_t>(Samples::kTile, batch - k));
      for (int i = 0; i < size; ++i) {
        for (int lane = 0; lane < kLanes; ++lane)
          tile[i].set(lane, static_cast<std::uint64_t>(which.at(row(lane), k + i)));
      }
      samples.add(x.data(), tile, size, static_cast<double>(batch), g.data(), scratch.data());
    }
    samples.end(x.data(), g.data(), scratch.data());
    for (int lane = 0; lane < kLanes && first + lane < count; ++lane) {
      for (int j = 0; j < samples.dim(); ++j) out.mutable_at(first + lane, j) = g[j][lane];
    }
  }
  return out;
}

// `steps` x batch samples of one trajectory, from a step on.
py::array_t<std::int64_t> minibatch_indices(std::uint64_t key, std::uint64_t trajectory, std::uint64_t first, int steps,
                                            int count, int batch, bool replacement) {
  const Minibatch minibatch(count, batch, replacement, key);
  py::array_t<std::int64_t> out({steps, batch});
  for (int step = 0; step < steps; ++step) {
    Minibatch::Draw draw(minibatch, Words(trajectory), Words(first + static_cast<std::uint64_t>(step)));
    for (int k = 0; k < batch; k += Samples::kTile) {
      Words which[Samples::kTile];
      const int size = std::min(Samples::kTile, batch - k);
      draw.next(which, size);
      for (int i = 0; i < size; ++i) out.mutable_at(step, k + i) = static_cast<std::int64_t>(which[i][0]);
    }
  }
  return out;
}

int columns(const Array& a) { return static_cast<int>(a.shape(1)); }

}  // namespace

void register_samples(py::module_& m) {
  using Made = std::shared_ptr<Samples>;
  py::class_<Samples, Made>(m, "Samples")
      .def_property_readonly("count", &Samples::count)
      .def("gradient", &gradient, py::arg("points"), py::arg("which"),
           "The gradient of the minibatch in each row of `which` at the point in the same row.");
  m.def(
      "sensing_samples",
      [](const Array& weights, const Array& targets, int d, int rank) -> Made {
        const int n = samples(weights, targets);
        if (columns(weights) != d * (d + 1) / 2) throw std::invalid_argument("weights must have d (d + 1) / 2 columns");
        return std::make_shared<SensingSamples>(weights.data(), targets.data(), n, d, rank);
      },
      py::arg("weights"), py::arg("targets"), py::arg("d"), py::arg("rank"));
  m.def(
      "quadratic_network_samples",
      [](const Array& x, const Array& y, int width) -> Made {
        const int n = samples(x, y);
        return std::make_shared<QuadraticNetworkSamples>(x.data(), y.data(), n, columns(x), width);
      },
      py::arg("X"), py::arg("y"), py::arg("width"));
  m.def(
      "deep_linear_samples",
      [](const Array& x, const Array& y, const std::vector<int>& hidden) -> Made {
        if (x.ndim() != 2 || y.ndim() != 2 || x.shape(0) != y.shape(0))
          throw std::invalid_argument("X and Y must have as many rows");
        std::vector<int> widths{columns(x)};
        widths.insert(widths.end(), hidden.begin(), hidden.end());
        widths.push_back(columns(y));
        return std::make_shared<DeepLinearSamples>(x.data(), y.data(), static_cast<int>(x.shape(0)), widths);
      },
      py::arg("X"), py::arg("Y"), py::arg("hidden"));
  m.def(
      "relu_samples",
      [](const Array& X, const Array& y, const Array& signs) -> Made {
        samples(X, y);
        return std::make_shared<ReLUSamples>(X.data(), to_vector(y), columns(X), to_vector(signs));
      },
      py::arg("X"), py::arg("y"), py::arg("signs"));
  m.def(
      "completion_samples",
      [](const Array& matrix, const py::array_t<bool, py::array::c_style>& mask, int rank, double penalty,
         double row_bound) -> Made {
        const int d = square("M", matrix);
        if (mask.ndim() != 2 || mask.shape(0) != d || mask.shape(1) != d)
          throw std::invalid_argument("mask must have the shape of M");
        return std::make_shared<CompletionSamples>(matrix.data(), mask.data(), d, rank, penalty, row_bound);
      },
      py::arg("M"), py::arg("mask"), py::arg("rank"), py::arg("penalty"), py::arg("row_bound"));
  m.def("minibatch_indices", &minibatch_indices, py::arg("key"), py::arg("trajectory"), py::arg("first"),
        py::arg("steps"), py::arg("count"), py::arg("batch"), py::arg("replacement"),
        "The samples of one trajectory's minibatches at steps first, first + 1, ...: shape (steps, batch).");
}

}  // namespace saddlesim::bind
