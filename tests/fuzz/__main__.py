"""`python -m tests.fuzz --count N --seed S`: random programs by the thousand (campaign.py)."""

import sys

from tests.fuzz.campaign import main

sys.exit(main())
