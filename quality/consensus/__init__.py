"""What many people's labels of the same items say together: each item's likeliest answer, and how often each person is right."""
