// Which samples the minibatch of a trajectory at a step is made of: a function of (key, trajectory, step), with no state.
#pragma once

#include <cstdint>

#include "saddlesim/random.hpp"
#include "saddlesim/shuffle.hpp"

namespace saddlesim {

// floor(u n / 2^64) for the 64 bits u of two words: each value has probability 1/n up to 2^-64.
SADDLESIM_INLINE Words below(const Words& high, const Words& low, const Words& n) {
  return (mul32(high, n) + (mul32(low, n) >> 32)) >> 32;
}

// `size` of the samples 0, ..., count - 1. With replacement they are independent and uniform. Without, the samples come in
// an order that is drawn anew for each epoch, a run through all of them; a batch that an epoch's end cuts goes on with the
// next epoch's order, so that all batches have the same size, and such a batch may have a sample twice.
class Minibatch {
 public:
  Minibatch(int count, std::int64_t size, bool replacement, std::uint64_t key)
      : count_(static_cast<std::uint64_t>(count)),
        size_(static_cast<std::uint64_t>(size)),
        replacement_(replacement),
        key_(key),
        shuffle_(count) {}

  std::int64_t size() const { return static_cast<std::int64_t>(size_); }

  // The batch of one step in every lane, some of it at a time.
  class Draw {
   public:
    Draw(const Minibatch& minibatch, const Words& trajectory, const Words& step)
        : m_(minibatch), trajectory_(trajectory), step_(step) {
      if (m_.replacement_) return;
      for (int lane = 0; lane < kLanes; ++lane) {
        const std::uint64_t position = step[lane] * m_.size_;
        epoch_.set(lane, position / m_.count_);
        position_.set(lane, position % m_.count_);
      }
      draw_order();
    }

    // The next so many samples; an even number, but for the last time.
    void next(Words* which, int many) {
      if (m_.replacement_) {
        next_independent(which, many);
      } else {
        next_in_order(which, many);
      }
    }

   private:
    void next_independent(Words* which, int many) {
      const Counter counter(Domain::minibatch, trajectory_, step_);
      const Words n = m_.count_;
      for (int i = 0; i < many; i += 2, ++index_) {
        const PhiloxWords w = philox(m_.key_, counter.at(Words(index_)));
        which[i] = below(w.w0, w.w1, n);
        if (i + 1 < many) which[i + 1] = below(w.w2, w.w3, n);
      }
    }

    void next_in_order(Words* which, int many) {
      for (int i = 0; i < many; i += 2) {
        Words numbers[2], shifts[2];
        Shuffle::Key orders[2];
        for (int k = 0; k < 2; ++k) {
          if (const WideMask over = !(position_ < Words(m_.count_)); any(over)) begin_epoch(over);
          numbers[k] = position_;
          orders[k] = order_;
          shifts[k] = shift_;
          position_ = position_ + Words(1);
        }
        m_.shuffle_.permute(orders, numbers);
        which[i] = turned(numbers[0], shifts[0]);
        if (i + 1 < many) which[i + 1] = turned(numbers[1], shifts[1]);
      }
    }

    void begin_epoch(const WideMask& lanes) {
      position_ = select(lanes, Words(0), position_);
      epoch_ = select(lanes, epoch_ + Words(1), epoch_);
      draw_order();
    }

    // By a uniform shift, so that the sample at each position is uniform exactly.
    Words turned(const Words& number, const Words& shift) const {
      const Words sum = number + shift, n = m_.count_;
      return select(sum < n, sum, sum - n);
    }

    void draw_order() {
      const PhiloxWords w = philox(m_.key_, Counter(Domain::minibatch, trajectory_, epoch_).at(Words(0)));
      order_ = {w.w0, w.w1};
      shift_ = below(w.w2, w.w3, Words(m_.count_));
    }

    const Minibatch& m_;
    Words trajectory_, step_;
    std::uint64_t index_ = 0;
    Words epoch_ = 0, position_ = 0, shift_ = 0;
    Shuffle::Key order_{0, 0};
  };

 private:
  std::uint64_t count_, size_;
  bool replacement_;
  PhiloxKey key_;
  Shuffle shuffle_;
};

}  // namespace saddlesim
