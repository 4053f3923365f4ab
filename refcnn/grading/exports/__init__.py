"""Grades as other programs want them: gradebooks, autograders, continuous integration.

`write.write_all` writes all that go into one folder; `gradescope` is for one submission.
"""
