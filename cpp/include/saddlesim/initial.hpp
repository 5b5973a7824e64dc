// Where a trajectory starts: a function of (key, trajectory).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "saddlesim/random.hpp"
#include "saddlesim/spheres.hpp"

namespace saddlesim {

class Initial {
 public:
  virtual ~Initial() = default;
  // The start of one trajectory, dim numbers.
  virtual void sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const = 0;
};

// Independent uniform coordinates on [low, high).
class UniformInitial final : public Initial {
 public:
  UniformInitial(double low, double high) : low_(low), high_(high) {}
  void sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const override;

 private:
  double low_, high_;
};

// center + scale * n, where n is N(0, I), or uniform on the unit sphere, or uniform in the unit ball.
class RadialInitial final : public Initial {
 public:
  enum class Law { gaussian, sphere, ball };
  RadialInitial(Law law, double scale, std::vector<double> center)
      : law_(law), scale_(scale), center_(std::move(center)) {}
  void sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const override;

 private:
  Law law_;
  double scale_;
  std::vector<double> center_;  // empty: the origin
};

// Independent N(0, scale_j^2) coordinates.
class ScaledInitial final : public Initial {
 public:
  explicit ScaledInitial(std::vector<double> scales) : scales_(std::move(scales)) {}
  void sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const override;

 private:
  std::vector<double> scales_;
};

// Numbers of another law, repeated: x_j is number i of them where sources_j is i, and its negative where sources_j is ~i.
class RepeatedInitial final : public Initial {
 public:
  // `count` numbers are drawn.
  RepeatedInitial(std::shared_ptr<const Initial> initial, int count, std::vector<int> sources)
      : initial_(std::move(initial)), count_(count), sources_(std::move(sources)) {}
  void sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const override;

 private:
  std::shared_ptr<const Initial> initial_;
  int count_;
  std::vector<int> sources_;
};

// Given points: one for all trajectories, or trajectory i starts at point i.
class PointInitial final : public Initial {
 public:
  PointInitial(std::vector<double> points, int dim) : points_(std::move(points)), dim_(dim) {}
  void sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const override;

 private:
  std::vector<double> points_;
  int dim_;
};

// The starts of another law, moved onto a manifold: rows of N(0, I) become independent uniform points of the spheres.
class RetractedInitial final : public Initial {
 public:
  RetractedInitial(std::shared_ptr<const Initial> initial, const Spheres& spheres)
      : initial_(std::move(initial)), spheres_(spheres) {}
  void sample(const PhiloxKey& key, std::uint64_t trajectory, int dim, double* x) const override;

 private:
  std::shared_ptr<const Initial> initial_;
  Spheres spheres_;
};

}  // namespace saddlesim
