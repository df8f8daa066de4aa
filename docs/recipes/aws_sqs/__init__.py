"""Lambda, SQS, Lambda: callbacks on AWS. ``template.yaml`` says how to deploy it."""
