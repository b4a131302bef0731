/* SPDX-License-Identifier: MIT
 *
 * What a driver that is a module exports: the one symbol. Compiled into each module;
 * WEND_MODULE_DRIVER is the driver's name.
 */
#include "db/driver.h"

extern const WendDriver WEND_MODULE_DRIVER;

extern const WendModule wend_module;
__attribute__((visibility("default"))) const WendModule wend_module = {
    .build = WEND_BUILD,
    .driver = &WEND_MODULE_DRIVER,
};
