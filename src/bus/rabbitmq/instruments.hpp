#pragma once

#include <string_view>

#include "netherlink/metrics/metrics.hpp"

namespace netherlink::bus::rabbitmq {

struct Instruments {
  metrics::Counter& returned =
      metrics::counter("netherlink_bus_returned_total", "Messages that the broker could not route");
  metrics::Counter& nacked = metrics::counter("netherlink_bus_nacked_total", "Messages that the broker refused");
  metrics::Counter& lost =
      metrics::counter("netherlink_bus_lost_total", "Messages given up because the broker did not confirm them");
  metrics::Counter& gaps =
      metrics::counter("netherlink_bus_push_gaps_total", "Times that pushes to this replica may have been lost");
  metrics::Histogram& payloads = metrics::histogram(
      "netherlink_bus_payloads_per_message", "Payloads of one AMQP message of im.ingest", metrics::size_bounds());
};

inline Instruments& instruments() {
  static Instruments all;
  return all;
}

inline metrics::Counter& reconnects(std::string_view connection) {
  return metrics::counter("netherlink_bus_reconnects_total", "Connections to the broker made anew",
                          {{"connection", connection}});
}

}  // namespace netherlink::bus::rabbitmq
