"""What accountants take away: the journal, the trial balance, and files that QuickBooks and Xero import."""
