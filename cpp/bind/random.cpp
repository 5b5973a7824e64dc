#include <pybind11/eigen.h>
#include <pybind11/stl.h>

#include <array>
#include <cmath>

#include "register.hpp"
#include "saddlesim/landscapes/quadratic.hpp"
#include "saddlesim/noise.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

namespace {

std::array<std::uint32_t, 4> philox_words(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  const PhiloxKey keys(key[0] | std::uint64_t{key[1]} << 32);
  const PhiloxWords w = philox(keys, {Words(counter[0]), Words(counter[1]), Words(counter[2]), Words(counter[3])});
  const auto low = [](const Words& word) { return static_cast<std::uint32_t>(word[0]); };
  return {low(w.w0), low(w.w1), low(w.w2), low(w.w3)};
}

// `steps` x dim noise vectors of one trajectory.
Array noise(NoiseLaw law, std::uint64_t key, std::uint64_t trajectory, int steps, int dim) {
  const PhiloxKey keys(key);
  Array out({steps, dim});
  Block direction(dim);
  for (int step = 0; step < steps; ++step) {
    const Counter counter(Domain::noise, Words(trajectory), Words(static_cast<std::uint64_t>(step)));
    const Lanes scale = draw_direction(law, keys, counter, dim, direction.data());
    for (int j = 0; j < dim; ++j) out.mutable_at(step, j) = (scale * direction[j])[0];
  }
  return out;
}

// `count` independent numbers of 53-bit resolution, data that landscapes are made of: number(words) of draws 0, 1, ...
template <class Number>
Array data(std::uint64_t key, py::ssize_t count, Number number) {
  const PhiloxKey keys(key);
  Array out(count);
  for (py::ssize_t i = 0; i < count; ++i) {
    const auto draw = static_cast<std::uint64_t>(i);
    const Counter counter(Domain::data, Words(0), Words(draw >> 28));
    out.mutable_data()[i] = number(philox(keys, counter.at(Words(draw & 0xfffffffU))))[0];
  }
  return out;
}

Array data_normals(std::uint64_t key, py::ssize_t count) {
  return data(key, count, [](const PhiloxWords& w) { return normal53(w).first; });
}

Array data_uniforms(std::uint64_t key, py::ssize_t count) {
  return data(key, count, [](const PhiloxWords& w) { return uniform53(w.w0, w.w1); });
}

// a b, summed in a fixed order: a library's product depends on the machine.
Array matrix_product(const Array& a, const Array& b) {
  if (a.ndim() != 2 || b.ndim() != 2 || a.shape(1) != b.shape(0)) throw std::invalid_argument("shapes do not fit");
  Array out({a.shape(0), b.shape(1)});
  for (py::ssize_t i = 0; i < a.shape(0); ++i) {
    for (py::ssize_t j = 0; j < b.shape(1); ++j) {
      double sum = 0.0;
      for (py::ssize_t k = 0; k < a.shape(1); ++k) sum = std::fma(a.at(i, k), b.at(k, j), sum);
      out.mutable_at(i, j) = sum;
    }
  }
  return out;
}

template <class F>
Array elementwise(const Array& x, F f) {
  Array out(x.size());
  for (py::ssize_t i = 0; i < x.size(); ++i) out.mutable_data()[i] = f(Lanes(x.data()[i]))[0];
  return out;
}

}  // namespace

void register_random(py::module_& m) {
  m.def("philox", &philox_words, py::arg("counter"), py::arg("key"), "Philox4x32-10 of one counter.");
  m.def("noise", &noise, py::arg("law"), py::arg("key"), py::arg("trajectory"), py::arg("steps"), py::arg("dim"),
        "The noise vectors of one trajectory at steps 0, 1, ...: shape (steps, dim).");
  const auto function = [&]<class F>(const char* name, F f) {
    m.def(name, [f](const Array& x) { return elementwise(x, f); }, py::arg("x"), "The core's own.");
  };
  function("log", [](const Lanes& a) { return log(a); });
  function("exp", [](const Lanes& a) { return exp(a); });
  function("expm1", [](const Lanes& a) { return expm1(a); });
  function("logistic", [](const Lanes& a) { return logistic(a); });
  function("softplus", [](const Lanes& a) { return softplus(a).value; });
  function("softplus_slope", [](const Lanes& a) { return softplus(a).slope; });
  function("softplus_curvature", [](const Lanes& a) { return softplus(a).curvature; });
  function("tanh", [](const Lanes& a) { return tanh(a); });
  function("atan", [](const Lanes& a) { return atan(a); });
  m.def("data_normals", &data_normals, py::arg("key"), py::arg("count"), "Independent N(0, 1), shape (count,).");
  m.def("data_uniforms", &data_uniforms, py::arg("key"), py::arg("count"), "Uniform on (0, 1), shape (count,).");
  m.def("matrix_product", &matrix_product, py::arg("a"), py::arg("b"),
        "The product of two matrices, the same bits on every machine.");
  m.def("random_rotation", &random_rotation, py::arg("key"), py::arg("dim"), "A Haar-distributed orthogonal matrix.");
}

}  // namespace saddlesim::bind
