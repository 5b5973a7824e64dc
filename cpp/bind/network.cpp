// Outputs of networks on samples, and what their Jacobians give.
#include "saddlesim/network.hpp"

#include "columns.hpp"

namespace saddlesim::bind {

namespace {

const Network& network_of(const Landscape& landscape, const Array& point) {
  const auto* network = dynamic_cast<const Network*>(&landscape);
  if (network == nullptr) throw std::invalid_argument("landscape must be a network on samples");
  if (point.ndim() != 1 || point.size() != landscape.dim()) throw std::invalid_argument("point must have dim numbers");
  return *network;
}

Array predictions(const Landscape& landscape, const Array& point) {
  const Network& network = network_of(landscape, point);
  Array out({py::ssize_t{network.samples()}, py::ssize_t{network.outputs()}});
  network.predict(point.data(), out.mutable_data());
  return out;
}

Array jacobian(const Landscape& landscape, const Array& point) {
  const Network& network = network_of(landscape, point);
  Array out({py::ssize_t{network.samples()} * network.outputs(), py::ssize_t{landscape.dim()}});
  write_jacobian(network, point.data(), out.mutable_data());
  return out;
}

Array gram(const Landscape& landscape, const Array& point, int threads) {
  const Network& network = network_of(landscape, point);
  const py::ssize_t size = py::ssize_t{network.samples()} * network.outputs();
  Array out({size, size});
  double* to = out.mutable_data();
  run_to_end(static_cast<std::uint64_t>(size),
             [&](const auto& poll) { return write_gram(network, point.data(), threads, poll, to); });
  return out;
}

}  // namespace

void register_network(py::module_& m) {
  m.def("predictions", &predictions, py::arg("landscape"), py::arg("point"),
        "The outputs of a network at one point, shape (samples, outputs).");
  m.def("jacobian", &jacobian, py::arg("landscape"), py::arg("point"),
        "Their derivatives, shape (samples * outputs, dim).");
  m.def("gram", &gram, py::arg("landscape"), py::arg("point"), py::arg("threads"), "The Jacobian times its transpose.");
}

}  // namespace saddlesim::bind
