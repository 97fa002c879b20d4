#pragma once

#include "netherlink/metrics/metrics.hpp"

namespace netherlink::vpn {

inline metrics::Counter& policy_puts() {
  static auto& counter =
      metrics::counter("netherlink_vpn_policy_puts_total", "Policies that control servers were sent");
  return counter;
}

inline metrics::Counter& drift_repairs() {
  static auto& counter = metrics::counter("netherlink_vpn_drift_repairs_total",
                                          "What was found at a control server other than it should be, and repaired");
  return counter;
}

inline metrics::Counter& keys_issued() {
  static auto& counter = metrics::counter("netherlink_vpn_keys_total", "Keys that control servers made");
  return counter;
}

}  // namespace netherlink::vpn
