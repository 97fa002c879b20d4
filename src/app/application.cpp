#include "netherlink/config/config.hpp"
