#include "contract.h"
void contract_resume_tests(void)
{
}
