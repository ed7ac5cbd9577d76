/** @file Runs before each test file. */
