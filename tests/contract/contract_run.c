#include "contract.h"
void contract_run_tests(void)
{
}
