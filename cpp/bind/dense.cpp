// Products of plain matrices and gradients of one point, as solo trajectories have them.
#include "saddlesim/dense.hpp"

#include <tuple>

#include "register.hpp"
#include "saddlesim/solo.hpp"

namespace py = pybind11;

namespace saddlesim::bind {

namespace {

using Numbers = py::array_t<Real>;  // with any strides

template <class Element>
LaneView<Element> view(Element* data, const Numbers& a) {
  if (a.ndim() != 2) throw std::invalid_argument("matrices must have two dimensions");
  const auto stride = [&](int axis) {
    return static_cast<int>(a.strides(axis) / static_cast<py::ssize_t>(sizeof(Real)));
  };
  return {data, static_cast<int>(a.shape(0)), static_cast<int>(a.shape(1)), stride(0), stride(1)};
}

void multiply_into(const Numbers& a, const Numbers& b, Numbers& c, Update update, int threads) {
  const ConstDenseMatrix left = view(a.data(), a), right = view(b.data(), b);
  const DenseMatrix to = view(c.mutable_data(), c);
  if (left.columns != right.rows || left.rows != to.rows || right.columns != to.columns)
    throw std::invalid_argument("a, b and c must have the shapes (m, k), (k, n) and (m, n)");
  const py::gil_scoped_release unlocked;
  Team team(threads);
  multiply(left, right, to, team, update);
}

// f, its gradient at x and its Hessian times v.
std::tuple<Real, Real, Numbers, Numbers> solo_derivatives(const Landscape& landscape, const Numbers& x,
                                                          const Numbers& v, int threads) {
  const auto* solo = dynamic_cast<const Solo*>(&landscape);
  if (!solo || x.size() != landscape.dim() || v.size() != landscape.dim())
    throw std::invalid_argument("landscape must be a Solo, and x and v must have dim numbers");
  Numbers gradient(landscape.dim()), product(landscape.dim());
  Block scratch(solo->solo_scratch());
  Team team(threads);
  const Real value = solo->solo_gradient(x.data(), gradient.mutable_data(), scratch.data(), team);
  const Real again = solo->solo_value(x.data(), scratch.data(), team);
  solo->solo_hvp(x.data(), v.data(), product.mutable_data(), scratch.data(), team);
  return {value, again, gradient, product};
}

}  // namespace

void register_dense(py::module_& m) {
  py::enum_<Update>(m, "Update")
      .value("assign", Update::assign)
      .value("add", Update::add)
      .value("subtract", Update::subtract);
  m.def("multiply_dense", &multiply_into, py::arg("a"), py::arg("b"), py::arg("c").noconvert(), py::arg("update"),
        py::arg("threads"), "c = a b, c + a b or c - a b.");
  m.def("solo_derivatives", &solo_derivatives, py::arg("landscape"), py::arg("x"), py::arg("v"), py::arg("threads"),
        "f beside the gradient, f alone, the gradient and the Hessian times v, as solo trajectories have them.");
}

}  // namespace saddlesim::bind
