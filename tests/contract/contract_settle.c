#include "contract.h"
void contract_settle_tests(void)
{
}
