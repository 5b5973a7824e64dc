#include "columns.hpp"
#include "saddlesim/landscapes/batched.hpp"
#include "saddlesim/landscapes/compiled.hpp"

namespace saddlesim::bind {

namespace {

// One run's arrays and functions in Python; they are made, called and dropped with the GIL held.
class PythonCall final : public BatchCall {
 public:
  explicit PythonCall(py::object call) : call_(std::move(call)) {}
  ~PythonCall() override {
    const py::gil_scoped_acquire locked;
    answer_ = {};
    call_ = {};
  }
  PythonCall(const PythonCall&) = delete;
  PythonCall& operator=(const PythonCall&) = delete;

  BatchInputs inputs() override {
    const py::gil_scoped_acquire locked;
    return {input<double>("points"), input<double>("vectors"), input<std::int64_t>("trajectories")};
  }

  std::optional<BatchAnswers> evaluate(const Wanted& wanted) override {
    const py::gil_scoped_acquire locked;
    try {
      answer_ = call_(wanted.value, wanted.gradient, wanted.product);
    } catch (py::error_already_set& error) {
      if (interrupted_ || !error.matches(PyExc_KeyboardInterrupt)) throw;
      interrupted_ = true;  // a second one is not waited for
      return {};
    }
    return BatchAnswers{answered(0), answered(1), answered(2)};
  }

 private:
  template <class T>
  T* input(const char* name) const {
    return call_.attr(name).cast<py::array_t<T, py::array::c_style>>().mutable_data();
  }
  // The array itself, which answer_ keeps alive: the call has seen to its layout.
  const double* answered(std::size_t i) const {
    const py::object array = answer_[py::int_(i)];
    return array.is_none() ? nullptr : static_cast<const double*>(array.cast<py::array>().data());
  }

  py::object call_, answer_;  // three arrays
  bool interrupted_ = false;
};

class PythonFunction final : public BatchFunction {
 public:
  PythonFunction(int dim, int rows, py::typing::Callable<py::object()> open)
      : BatchFunction(dim, rows), open_(std::move(open)) {}
  std::unique_ptr<BatchCall> open() const override {
    const py::gil_scoped_acquire locked;
    return std::make_unique<PythonCall>(open_());
  }

 private:
  py::object open_;
};

template <class Function>
Function at_address(std::uintptr_t address) {
  return reinterpret_cast<Function>(address);
}

// A landscape made of addresses, which Python keeps alive; 0 is none.
template <class L, class F, class P>
void register_compiled(py::module_& m, const char* name) {
  py::class_<L, Landscape, std::shared_ptr<L>>(m, name).def(
      py::init([](int dim, std::uintptr_t function, std::uintptr_t hvp, std::uintptr_t user_data, double length_scale) {
        return std::make_shared<L>(dim, at_address<F>(function), at_address<P>(hvp), at_address<void*>(user_data),
                                   length_scale);
      }),
      py::arg("dim"), py::arg("function"), py::arg("hvp"), py::arg("user_data"), py::arg("length_scale"));
}

}  // namespace

void register_custom(py::module_& m) {
  py::class_<PythonFunction, std::shared_ptr<PythonFunction>>(m, "BatchFunction")
      .def(py::init<int, int, py::typing::Callable<py::object()>>(), py::arg("dim"), py::arg("rows"), py::arg("open"));
  py::class_<BatchedLandscape, Landscape, std::shared_ptr<BatchedLandscape>>(m, "BatchedLandscape")
      .def(py::init([](const std::shared_ptr<PythonFunction>& function, bool has_hvp, double length_scale) {
             return std::make_shared<BatchedLandscape>(function, has_hvp, length_scale);
           }),
           py::arg("function"), py::arg("has_hvp"), py::arg("length_scale"));
  py::class_<BatchedEscape, Escape, std::shared_ptr<BatchedEscape>>(m, "BatchedEscape")
      .def(py::init([](const std::shared_ptr<PythonFunction>& function) {
             return std::make_shared<BatchedEscape>(function);
           }),
           py::arg("function"));
  register_compiled<PointLandscape, PointFunction, PointProduct>(m, "PointLandscape");
  register_compiled<BlockLandscape, BlockFunction, BlockProduct>(m, "BlockLandscape");
}

}  // namespace saddlesim::bind
