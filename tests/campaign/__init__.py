"""Tests of campaigns: plan, fold, engine and report."""
