// The landscapes whose points are factors of a matrix.
#include "register.hpp"
#include "saddlesim/landscapes/asymmetric_factorization.hpp"
#include "saddlesim/landscapes/diagonal_factorization.hpp"
#include "saddlesim/landscapes/matrix_completion.hpp"
#include "saddlesim/landscapes/matrix_factorization.hpp"
#include "saddlesim/landscapes/matrix_sensing.hpp"
#include "saddlesim/landscapes/quadratic_network.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

void register_matrix_landscapes(py::module_& m) {
  py::class_<MatrixFactorization, Landscape, std::shared_ptr<MatrixFactorization>>(m, "MatrixFactorization")
      .def(py::init([](const Array& matrix, int rank) {
             const int d = square("M", matrix);
             return std::make_shared<MatrixFactorization>(matrix.data(), d, rank);
           }),
           py::arg("M"), py::arg("rank"));
  py::class_<DiagonalFactorization, Landscape, std::shared_ptr<DiagonalFactorization>>(m, "DiagonalFactorization")
      .def(py::init([](const Array& diagonal, int rank) {
             return std::make_shared<DiagonalFactorization>(to_vector(diagonal), rank);
           }),
           py::arg("diagonal"), py::arg("rank"));
  py::class_<AsymmetricFactorization, Landscape, std::shared_ptr<AsymmetricFactorization>>(m, "AsymmetricFactorization")
      .def(py::init([](const Array& matrix, int rank, double balance) {
             if (matrix.ndim() != 2) throw std::invalid_argument("M must be a matrix");
             return std::make_shared<AsymmetricFactorization>(matrix.data(), static_cast<int>(matrix.shape(0)),
                                                              static_cast<int>(matrix.shape(1)), rank, balance);
           }),
           py::arg("M"), py::arg("rank"), py::arg("balance"));
  py::class_<MatrixSensing, Landscape, std::shared_ptr<MatrixSensing>>(m, "MatrixSensing")
      .def(py::init([](const Array& weights, const Array& targets, int d, int rank) {
             const int n = samples(weights, targets);
             if (weights.shape(1) != d * (d + 1) / 2)
               throw std::invalid_argument("weights must have d (d + 1) / 2 columns");
             const py::gil_scoped_release unlocked;
             return std::make_shared<MatrixSensing>(weights.data(), targets.data(), n, d, rank);
           }),
           py::arg("weights"), py::arg("targets"), py::arg("d"), py::arg("rank"));
  py::class_<MatrixCompletion, Landscape, std::shared_ptr<MatrixCompletion>>(m, "MatrixCompletion")
      .def(py::init([](const Array& matrix, const py::array_t<bool, py::array::c_style>& mask, int rank, double penalty,
                       double row_bound) {
             const int d = square("M", matrix);
             if (mask.ndim() != 2 || mask.shape(0) != d || mask.shape(1) != d)
               throw std::invalid_argument("mask must have the shape of M");
             return std::make_shared<MatrixCompletion>(matrix.data(), mask.data(), d, rank, penalty, row_bound);
           }),
           py::arg("M"), py::arg("mask"), py::arg("rank"), py::arg("penalty"), py::arg("row_bound"));
  py::class_<QuadraticNetwork, Landscape, std::shared_ptr<QuadraticNetwork>>(m, "QuadraticNetwork")
      .def(py::init([](const Array& x, const Array& y, int width) {
             const int n = samples(x, y);
             return std::make_shared<QuadraticNetwork>(x.data(), y.data(), n, static_cast<int>(x.shape(1)), width);
           }),
           py::arg("X"), py::arg("y"), py::arg("width"));
}

}  // namespace saddlesim::bind
