"""A script: the shipped client, with nothing of ours, against an emulator named in the environment."""

import json
import os
import sys

from google.ads.googleads.client import GoogleAdsClient
from google.ads.googleads.errors import GoogleAdsException
from google.oauth2.credentials import Credentials

env = os.environ
client = GoogleAdsClient(
    credentials=Credentials(
        None,
        refresh_token=env["GOOGLE_ADS_REFRESH_TOKEN"],
        client_id=env["GOOGLE_ADS_CLIENT_ID"],
        client_secret=env["GOOGLE_ADS_CLIENT_SECRET"],
        token_uri=env["GOOGLE_ADS_TOKEN_URI"],
    ),
    developer_token=env["GOOGLE_ADS_DEVELOPER_TOKEN"],
    login_customer_id=env["GOOGLE_ADS_LOGIN_CUSTOMER_ID"],
    endpoint=env["GOOGLE_ADS_ENDPOINT"],
    use_proto_plus=True,
)
customer = "1234567890"
search = client.get_service("GoogleAdsService")
accessible = client.get_service("CustomerService").list_accessible_customers(timeout=10)
query = "SELECT campaign.name, metrics.cost_micros FROM campaign WHERE segments.date DURING LAST_7_DAYS"
rows = [r for page in search.search_stream(customer_id=customer, query=query, timeout=10) for r in page.results]

budgets = client.get_service("CampaignBudgetService")
operation = client.get_type("CampaignBudgetOperation")
operation.update.resource_name = f"customers/{customer}/campaignBudgets/5002"
operation.update.amount_micros = 700_000_000
operation.update_mask.paths.append("amount_micros")
answer = budgets.mutate_campaign_budgets(customer_id=customer, operations=[operation], timeout=10)
operation.update.amount_micros = 700_000_001
try:
    budgets.mutate_campaign_budgets(customer_id=customer, operations=[operation], timeout=10)
except GoogleAdsException as refused:
    error = refused.failure.errors[0].error_code.campaign_budget_error.name
    request_id = refused.request_id
json.dump(
    {
        "accessible": list(accessible.resource_names),
        "campaigns": sorted(r.campaign.name for r in rows),
        "written": [r.resource_name for r in answer.results],
        "error": error,
        "request_id": request_id,
    },
    sys.stdout,
)
