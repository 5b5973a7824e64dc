// The landscapes whose points are factors of a matrix.
#include "register.hpp"
#include "saddlesim/landscapes/matrix_factorization.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

void register_matrix_landscapes(py::module_& m) {
  py::class_<MatrixFactorization, Landscape, std::shared_ptr<MatrixFactorization>>(m, "MatrixFactorization")
      .def(py::init([](const Array& matrix, int rank) {
             const int d = square("M", matrix);
             return std::make_shared<MatrixFactorization>(matrix.data(), d, rank);
           }),
           py::arg("M"), py::arg("rank"));
}

}  // namespace saddlesim::bind
