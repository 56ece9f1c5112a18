/** The function that guarded code calls in each turn of a loop; it throws after an interrupt. */
export const CHECK_INTERRUPT = "__checkInterrupt";
