"""The pages, on NiceGUI, as part of the admin application."""

from dropship_pipeline.admin.pages.ui.site import register as register
