/* SPDX-License-Identifier: MIT
 *
 * Fault points: named places in the protocol at which the test build can be told to die at once, as
 * if by kill -9. In a normal build they are nothing at all. WEND_FAULT=NAME[:N] in the environment
 * picks the N-th passage (1 when not given).
 */
#ifndef WEND_BASE_FAULT_H
#define WEND_BASE_FAULT_H

#ifdef WEND_FAULTS
void wend_fault(const char *name);
#else
#define wend_fault(name) ((void)0)
#endif

#endif
