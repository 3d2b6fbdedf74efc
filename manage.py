#!/usr/bin/env python3
"""Django's commands for this site."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nnsc.settings")
    try:
        from django.conf import settings
        from django.core.management import execute_from_command_line
        from django.db import OperationalError

        from nnsc.environment import SettingError
    except ImportError as error:
        sys.exit(f"{error}: run script/setup, then .venv/bin/python manage.py.")

    try:
        settings.INSTALLED_APPS  # noqa: B018 read now, for every command alike
        execute_from_command_line(sys.argv)
    except SettingError as error:
        sys.exit(str(error))
    except OperationalError as error:
        if "--traceback" in sys.argv:
            raise
        sentence = " ".join(str(error).split())
        sys.exit(f"The database does not answer (--traceback shows where): {sentence}")


if __name__ == "__main__":
    main()
