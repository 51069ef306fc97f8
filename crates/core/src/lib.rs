//! The words and the job logic of reshoot; knows no provider.
